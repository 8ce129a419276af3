package runtime

import (
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/jitworker/codestore"
)

// CodeStoreOff is Config.CodeStore.Dir of who keeps no native code.
const CodeStoreOff = codestore.Off

// UserCodeStore returns the directory for native code in the user's cache, for Config.CodeStore.Dir. It need not exist.
func UserCodeStore() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "hartwood", "code"), nil
}

// CodeFile is a file of native code.
type CodeFile = codestore.File

// StoredCode returns the files of native code in a directory, those used last first.
func StoredCode(dir string) ([]CodeFile, error) { return codestore.Files(dir) }

// ClearStoredCode removes them and returns them. Machines that run go on, and may keep new code there.
func ClearStoredCode(dir string) ([]CodeFile, error) { return codestore.Clear(dir) }
