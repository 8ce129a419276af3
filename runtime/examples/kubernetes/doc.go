// Package kubernetes is an example: an Indexed Job whose pods each run one command by hartwood exec, from the image that
// docs/Dockerfile makes. Its test decodes the manifests as Kubernetes does. It is a module of its own, so that who builds hartwood
// needs nothing of Kubernetes.
package kubernetes
