//go:build !linux

package main

import "syscall"

// dying has no way here to have a process die with this one, where this one is killed.
func dying() *syscall.SysProcAttr { return nil }
