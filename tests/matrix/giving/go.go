// Package main is a plugin for the world giving.
package main

import (
	witRuntime "bindings/wit/runtime"
)

func main() {}

// Jar is the resource matrix:giving/jars.jar.
type Jar struct {
	witRuntime.Resource
	coins uint32
}

// MakeJar makes the resource matrix:giving/jars.jar.
func MakeJar(coins uint32) *Jar { return &Jar{coins: coins} }

// Coins is matrix:giving/jars.jar.coins.
func (j *Jar) Coins() uint32 { return j.coins }

// JarSmash is matrix:giving/jars.jar.smash.
func JarSmash(jar *Jar) uint32 {
	defer jar.Drop()
	return jar.coins
}

// SmashAll is matrix:giving/jars.smash-all.
func SmashAll(jars []*Jar) uint32 {
	var sum uint32
	for _, jar := range jars {
		sum += JarSmash(jar)
	}
	return sum
}
