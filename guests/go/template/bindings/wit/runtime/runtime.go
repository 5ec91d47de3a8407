// Package runtime is what the bindings need besides Go's own runtime: memory that both sides use,
// and handles.
package runtime

import (
	"runtime"
	"sync"
	"unsafe"
)

// An empty list lies here: Go takes small numbers for no pointers.
var empty uint64

// Allocate gives memory that stays where it is until the pinner lets go of it.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return unsafe.Pointer(&empty)
	}
	// Words of eight bytes, because no type of WIT asks for a larger alignment than theirs.
	words := make([]uint64, (size+7)/8)
	memory := unsafe.Pointer(unsafe.SliceData(words))
	pinner.Pin(memory)
	return memory
}

// What the host has written for the export that it is about to call.
var arguments runtime.Pinner

// What holds the memory that the host asks for: the arguments of an export, or the result of the
// import that is being called.
var receiver = &arguments

// Unpin lets the collector have the arguments of an export, once they are Go's values.
func Unpin() { arguments.Unpin() }

// BeforeExport is called when an export begins.
func BeforeExport() { dropReleased() }

// AfterExport is called when an export has ended, and with it what the host has lent to it.
func AfterExport() {
	for _, handle := range lent {
		if value := handle.TakeOrNil(); value != 0 {
			handle.drop(value)
		}
	}
	lent = lent[:0]
}

// BeforeImport is called when an import is about to be called. What the host then writes lives as
// long as the pinner holds it; an import that returns no memory has none.
func BeforeImport(pinner *runtime.Pinner) {
	dropReleased()
	if pinner != nil {
		receiver = pinner
	}
}

// AfterImport is called when an import has returned.
func AfterImport() { receiver = &arguments }

// reallocate is how the host asks for memory.
func reallocate(old unsafe.Pointer, oldSize, align, newSize uintptr) unsafe.Pointer {
	memory := Allocate(receiver, newSize, align)
	if oldSize != 0 {
		copy(unsafe.Slice((*byte)(memory), newSize), unsafe.Slice((*byte)(old), oldSize))
	}
	return memory
}

// A Handle is the number of a resource that the host has.
type Handle struct {
	value int32
}

// MakeHandle takes a number that the host gave.
func MakeHandle(value int32) *Handle {
	if value == 0 {
		panic("resource: the host gave no handle")
	}
	made++
	return &Handle{value}
}

// Use is the number, which stays with the plugin.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("resource: used after it was dropped or given away")
	}
	return h.value
}

// Take is the number, which the plugin gives away.
func (h *Handle) Take() int32 {
	value := h.Use()
	h.value = 0
	return value
}

// TakeOrNil is the number, which the plugin gives away, or 0 if it has none.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

// Set takes a number back.
func (h *Handle) Set(value int32) {
	if h.value != 0 {
		panic("resource: it has a handle already")
	}
	h.value = value
}

// The host's resources that an export may use as long as it runs.
var lent []lentHandle

type lentHandle struct {
	*Handle
	drop func(int32)
}

// Lend notes that the host has lent a resource.
func Lend(handle *Handle, drop func(int32)) { lent = append(lent, lentHandle{handle, drop}) }

// Resources that the collector found unused. It may find them while the host allows no call to
// itself, so that they wait here until one is allowed.
var released struct {
	sync.Mutex
	handles []releasedHandle
}

type releasedHandle struct {
	drop  func(int32)
	value int32
}

// Release drops a resource as soon as the host can be called.
func Release(drop func(int32), value int32) {
	released.Lock()
	defer released.Unlock()
	released.handles = append(released.handles, releasedHandle{drop, value})
}

// Handles since the collector's own goroutines had their turn, which they only get when a plugin
// waits, and how many there may be.
var made int

const many = 100

func dropReleased() {
	if made >= many {
		made = 0
		runtime.Gosched()
	}
	if len(released.handles) == 0 {
		return
	}
	released.Lock()
	handles := released.handles
	released.handles = nil
	released.Unlock()
	for _, handle := range handles {
		handle.drop(handle.value)
	}
}
