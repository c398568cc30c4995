package main

import "syscall"

// dying has a process die with this one, however this one ends. The kernel goes by the thread that
// started it; those of Go stay to the end, but for ones that a goroutine has kept to itself, and
// none does here.
func dying() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
