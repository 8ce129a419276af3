// Package seed makes the small disk from which cloud-init, in the images of distributions, learns whose the machine is: a
// seed of the data source NoCloud.
//
// The disk is an ISO 9660 file system with Rock Ridge and Joliet names, labelled cidata, with the files user-data and meta-data.
// The package knows no machine; it writes to whatever file it is given.
package seed
