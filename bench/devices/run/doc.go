// Command run measures the devices of package devices and prints a table, or JSON.
package main
