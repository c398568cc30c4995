//go:build !linux

package main

import (
	"errors"
	"math/rand/v2"
)

func noDisk() error { return errors.New("there are disks to break on Linux only") }

func mount(string, string, *rand.Rand) (*disk, error) { return nil, noDisk() }
