package magic

// Format is a format that was recognised.
type Format struct {
	// What says what the file is, such as "a qcow2 disk image".
	What string
	// Remedy is a command that makes the bytes inside a file of their own; what follows it is the file's name.
	Remedy string
	// Disk says that it is a virtual machine's disk image. Otherwise it is a packed file or an archive.
	Disk bool
}

// HeadSize is how much of a file Detect wants to see, in bytes. Less will do if the file ends.
const HeadSize = 512

var table = []struct {
	offset int
	magic  string
	Format
}{
	{0, "\x1f\x8b", Format{What: "packed with gzip", Remedy: "gunzip"}},
	{0, "\xfd7zXZ\x00", Format{What: "packed with xz", Remedy: "unxz"}},
	{0, "\x28\xb5\x2f\xfd", Format{What: "packed with zstd", Remedy: "unzstd"}},
	{0, "BZh", Format{What: "packed with bzip2", Remedy: "bunzip2"}},
	{0, "\x02\x21\x4c\x18", Format{What: "packed with lz4", Remedy: "unlz4"}},
	{0, "\x04\x22\x4d\x18", Format{What: "packed with lz4", Remedy: "unlz4"}},
	{0, "LZIP\x01", Format{What: "packed with lzip", Remedy: "lzip -d"}},
	{0, "\x89LZO\x00\x0d\x0a", Format{What: "packed with lzop", Remedy: "lzop -d"}},
	{0, "PK\x03\x04", Format{What: "a zip archive", Remedy: "unzip"}},
	{0, "7z\xbc\xaf\x27\x1c", Format{What: "a 7z archive", Remedy: "7z x"}},
	{257, "ustar", Format{What: "a tar archive", Remedy: "tar xf"}},
	{0, "QFI\xfb", Format{"a qcow2 disk image", convert, true}},
	{0, "QED\x00", Format{"a QED disk image", convert, true}},
	{0, "KDMV", Format{"a VMDK disk image", convert, true}},
	{0, "# Disk DescriptorFile", Format{"a VMDK disk image", convert, true}},
	{0, "vhdxfile", Format{"a VHDX disk image", convert, true}},
	{0, "conectix", Format{"a VHD disk image", convert, true}},
	{0x40, "\x7f\x10\xda\xbe", Format{"a VDI disk image", convert, true}},
	{0, "WithoutFreeSpace", Format{"a Parallels disk image", convert, true}},
	{0, "WithouFreSpacExt", Format{"a Parallels disk image", convert, true}},
}

const convert = "qemu-img convert -O raw"

// Detect names the format of the file that begins with head; ok is false if it is none of these.
func Detect(head []byte) (f Format, ok bool) {
	for _, t := range table {
		if end := t.offset + len(t.magic); end <= len(head) && string(head[t.offset:end]) == t.magic {
			return t.Format, true
		}
	}
	return Format{}, false
}
