// Calls the host.
package main

import (
	store "bindings/matrix_host_store"
	witTypes "bindings/wit/types"
)

func main() {}

func Run(words []string) witTypes.Result[uint32, string] {
	for _, word := range words {
		store.Log(store.LevelInfo, "word "+word)
		key := "k-" + word
		put := store.Put(store.Entry{Key: key, Value: []byte(word)})
		if put.IsErr() {
			return witTypes.Err[uint32, string](put.Err())
		}
		if string(store.Get(key).SomeOr(nil)) != word {
			panic("the store lost " + key)
		}
	}
	cursor := store.MakeCursor("k-")
	defer cursor.Drop()
	count := uint32(0)
	for key := cursor.Next(); key.IsSome(); key = cursor.Next() {
		store.Log(store.LevelDebug, key.Some())
		count++
	}
	return witTypes.Ok[uint32, string](count)
}
