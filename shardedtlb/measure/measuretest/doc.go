// Package measuretest checks, in the tests of other packages, that their measurements are described.
package measuretest
