// Command run measures the kernels of package kernels and prints a table, or JSON.
package main
