package devices

import (
	"fmt"
	"slices"
	"strings"
)

const (
	diskSize  = 1 << 30
	largeSize = 1 << 30
	treeFiles = 70000
)

// Task is something that the guest does.
type Task struct {
	Name string
	Work int64   // how much: bytes, reads, files, requests
	Per  float64 // how much of it one unit is; 0: the unit is a time for each piece of work
	Unit string
	Does string
}

// All are the tasks, in the order in which they run.
var All = []Task{
	{"disk-random", 100_000, 1, "reads/s", "reads of 4 KiB at random places of the disk, 32 at once, past the guest's cache"},
	{"disk-sequential", 2 << 30, 1e9, "GB/s", "reads of 1 MiB one behind the other, 4 at once, past the guest's cache"},
	{"share-read", largeSize, 1e9, "GB/s", "read of a file of 1 GiB, 1 MiB a call, through the guest's cache, which has nothing of it any more"},
	{"share-direct", largeSize, 1e9, "GB/s", "read of the same past the guest's cache"},
	{"share-stat", treeFiles, 1, "files/s", "lstat of 70,000 files in 4,375 directories, for the second time"},
	{"share-git-status", treeFiles, 0, "s", "git status on these, for the second time"},
	{"share-git-diff", treeFiles, 0, "s", "git diff on these, for the second time"},
	{"tcp-out", 256 << 20, 1e9 / 8, "Gbit/s", "TCP from the guest to the host's loopback, by the gateway"},
	{"tcp-in", 256 << 20, 1e9 / 8, "Gbit/s", "the same to the guest"},
	{"forward-out", 256 << 20, 1e9 / 8, "Gbit/s", "TCP from the guest by a forwarded port"},
	{"forward-in", 256 << 20, 1e9 / 8, "Gbit/s", "the same to the guest"},
	{"http", 20_000, 1, "requests/s", "requests for a page of 6 bytes by a forwarded port, 16 connections that stay open"},
	{"ping", 5_000, 0, "µs", "echo request of 64 bytes to the gateway and its reply, one after the other"},
}

// rate is what a time means in the task's unit.
func (t Task) rate(seconds float64) float64 {
	switch {
	case t.Per > 0:
		return float64(t.Work) / t.Per / seconds
	case t.Unit == "µs":
		return seconds * 1e6 / float64(t.Work)
	}
	return seconds
}

// choose returns the tasks that a list behind commas names, or all.
func choose(only string) ([]Task, error) {
	if only == "all" {
		return All, nil
	}
	var chosen []Task
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(All, func(t Task) bool { return t.Name == name })
		if i < 0 {
			var names []string
			for _, t := range All {
				names = append(names, t.Name)
			}
			return nil, fmt.Errorf("there is no task %q; there are %s", name, strings.Join(names, ", "))
		}
		chosen = append(chosen, All[i])
	}
	return chosen, nil
}

// some says whether one of the tasks has a name that begins so.
func some(tasks []Task, prefix string) bool {
	return slices.ContainsFunc(tasks, func(t Task) bool { return strings.HasPrefix(t.Name, prefix) })
}

// onTree says whether one of the tasks needs the tree of many files.
func onTree(tasks []Task) bool { return some(tasks, "share-stat") || some(tasks, "share-git") }
