package codestore

import (
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// Off is the Config.Dir of who wants no store.
const Off = "off"

// Config says where native code is kept. Settings has what each field may be, and its default.
type Config struct {
	// Dir is the directory, which is made if it is not there; "" or Off: code is not kept.
	Dir string
	// Bytes that all files together may have.
	Bytes setting.Size
}

// Settings describes the configuration.
func (c *Config) Settings() []setting.Setting { return c.SettingsOf(Off) }

// SettingsOf is Settings for who takes an empty Dir for another one, which otherwise names.
func (c *Config) SettingsOf(otherwise string) []setting.Setting {
	return []setting.Setting{
		setting.File(&c.Dir, "code-store", "`DIRECTORY` in which native code is kept for later runs, or off", otherwise),
		setting.Suggest(setting.Bytes(&c.Bytes, 256<<20, "code-store-bytes", "`SIZE` of all files in it").
			Between(minBytes, 1<<40), "64M", "256M", "1G"),
	}
}

// minBytes is room for a few files.
const minBytes = 16 << 20

// DefaultConfig returns the default settings.
func DefaultConfig() (c Config) {
	setting.Reset(c.Settings())
	return c
}

// Validate returns a *setting.Error for the first setting that is impossible.
func (c Config) Validate() error { return setting.Check(c.Settings()) }

// Wanted reports whether there is to be a store.
func (c Config) Wanted() bool { return c.Dir != "" && c.Dir != Off }
