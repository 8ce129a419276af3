// Package oci reads container images out of OCI image layouts: a directory with oci-layout, index.json and blobs, as skopeo,
// buildah and docker write it.
//
// It knows the layout and its descriptions, by the types of github.com/google/go-containerregistry, and leaves unpacking to
// package unpack.
//
// # A layout is hostile
//
// Files are opened within the directory (os.Root), must be regular ones, and are what their digest says: descriptions, of at
// most maxJSON bytes each, before they are believed, layers while they are unpacked, packed and unpacked. Indexes lie within
// each other at most maxDepth deep, and all together have at most maxManifests entries. Nothing is fetched.
package oci
