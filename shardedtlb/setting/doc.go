// Package setting describes settings: the variable that holds one, its name, its default, what it may be, its unit and
// a line of help. Flags, configuration files, validation and the tables in the documentation are made from that.
//
// A package lists the settings of its Config in a method:
//
//	func (c *Config) Settings() []setting.Setting {
//		return []setting.Setting{
//			setting.Int(&c.Distance, 4, "prefetch-distance", "`NUMBER` of pages fetched ahead").Between(1, 64).Of("pages"),
//		}
//	}
//
// and makes its defaults with Reset and its validation with Check. A setting points into the configuration that it was
// made for, so that its type is checked where it is described. Settings are made anew for each configuration and used by
// one goroutine.
//
// The package imports nothing of the project and lies on its lowest floor, so that every package may describe its own.
package setting
