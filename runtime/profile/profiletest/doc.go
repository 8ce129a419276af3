// Package profiletest makes ELF files for tests of profiles.
package profiletest
