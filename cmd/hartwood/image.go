package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/runtime/rootfs"
	"github.com/hartwood-vm/hartwood/runtime/storage/overlay"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// imageCommand is the command for disk images that are kept on the host.
func (a *app) imageCommand() *cobra.Command {
	image := &cobra.Command{
		Use:   "image",
		Short: "Look at the disk images and roots in the cache",
		Long: `A drive whose image is packed with gzip, xz or zstd is unpacked into a cache, where the next run finds it, and so is a root
that 'hartwood exec' is given as an archive or container image. When images and roots together have reached --image-cache-limit, those
that were not used for longest go. Beside them 'hartwood boot' keeps what guests
write to images that stay as they are; that goes only by 'hartwood boot --fresh IMAGE'.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	config := runtime.Default()
	list := &cobra.Command{
		Use:   "list",
		Short: "List the images and roots in the cache, those used last first",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.listImages(&config) },
	}
	own := pflag.NewFlagSet("own", pflag.ContinueOnError)
	addOwn(own, setting.File(&config.ImageCache, "image-cache", "`DIRECTORY` of the cache", "the user's cache"))
	list.Flags().AddFlagSet(own)
	image.AddCommand(list)
	return image
}

// listImages prints a line for each image, for each root and for each overlay.
func (a *app) listImages(config *runtime.Config) error {
	images, dir, err := config.CachedImages()
	var roots []rootfs.Entry
	if err == nil {
		roots, err = config.RootCache().List()
	}
	var kept []overlay.Entry
	if err == nil {
		kept, err = a.overlays(config)
	}
	if err != nil {
		return fmt.Errorf("--image-cache %s: %w", plain.Text(dir), err)
	}
	if len(images)+len(roots)+len(kept) == 0 {
		return show(a.stdout, fmt.Sprintf("There are no images in %s.\n", plain.Text(dir)))
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if len(images) > 0 {
		fmt.Fprintln(w, "DISK\tTAKES\tLAST USED\tUNPACKED FROM")
	}
	for _, e := range images {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mebibytes(e.Disk), mebibytes(e.Taken), e.Used.Format(time.DateTime), plain.Text(e.Source))
	}
	if len(roots) > 0 {
		fmt.Fprintln(w, "ROOT\tTAKES\tLAST USED\tUNPACKED FROM")
	}
	for _, e := range roots {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mebibytes(e.Bytes), mebibytes(e.Taken()), e.Used.Format(time.DateTime), plain.Text(e.Source))
	}
	if len(kept) > 0 {
		fmt.Fprintln(w, "KEPT IN\tTAKES\tLAST WRITTEN\tOF IMAGE (forgotten by: hartwood boot --fresh IMAGE)")
	}
	for _, e := range kept {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain.Text(e.Path), mebibytes(e.Taken), e.Used.Format(time.DateTime), plain.Text(e.Source))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return show(a.stdout, text.String())
}

// overlays are what is kept of what guests have written.
func (a *app) overlays(config *runtime.Config) ([]overlay.Entry, error) {
	store, err := config.Overlays()
	if err != nil {
		return nil, err
	}
	return store.List()
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
