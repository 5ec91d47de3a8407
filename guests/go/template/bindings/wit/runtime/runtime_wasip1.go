package runtime

import "unsafe"

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, newSize uint32) unsafe.Pointer {
	return reallocate(old, uintptr(oldSize), uintptr(align), uintptr(newSize))
}
