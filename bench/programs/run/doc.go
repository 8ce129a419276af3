// Command run measures the programs of package programs and prints a table, or JSON.
package main
