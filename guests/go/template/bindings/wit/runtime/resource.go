package runtime

import (
	"runtime"
	"unsafe"
)

// The handle of a resource that the host owns.
const given = -1

// Resource is what the bindings keep of a resource that the plugin has made: its type embeds it.
type Resource struct {
	// Holds it in its place while the host knows where that is.
	pinner runtime.Pinner
	// The plugin's number for it; 0 while only Go's collector knows it; or given.
	handle int32
	drop   func(int32)
}

// Drop ends a resource that the host has given back to the plugin.
func (r *Resource) Drop() {
	if r.handle > 0 {
		r.drop(r.handle)
	}
}

// OnDrop is called when the resource has ended. A type that has to clean up has its own.
func (r *Resource) OnDrop() {}

// Give hands the resource to the host, which then owns it.
func (r *Resource) Give(self unsafe.Pointer, create func(unsafe.Pointer) int32) int32 {
	handle := r.handle
	switch handle {
	case given:
		panic("resource: given to the host, which has it already")
	case 0:
		r.pinner.Pin(self)
		handle = create(self)
	}
	r.handle = given
	return handle
}

// Receive takes the resource back from the host.
func (r *Resource) Receive(handle int32, drop func(int32)) {
	r.handle = handle
	r.drop = drop
}

// Ended lets go of a resource that nobody has a handle of any more.
func (r *Resource) Ended() {
	r.handle = 0
	r.pinner.Unpin()
}
