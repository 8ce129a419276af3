// Package call enters native code from tests of the code cache. The code is a leaf
// function: it uses no stack and returns at once.
package call
