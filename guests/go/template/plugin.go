// {{name}} is a plugin. Its exports, as the contract in wit/ has them, are the functions of this
// file.
package main

import (
	"strings"

	processor "bindings/techbytes_plugins_processor"
	witTypes "bindings/wit/types"
)

// ProcessData is techbytes:plugins/processor.process-data.
func ProcessData(input string, meta processor.Metadata) witTypes.Result[string, string] {
	if input == "" {
		return witTypes.Err[string, string]("Input cannot be empty")
	}
	text := "[Processed by " + meta.Name + " v" + meta.Version + "]: " + strings.ToUpper(input)
	return witTypes.Ok[string, string](text)
}

// A plugin begins with its exports: this is not called, but Go wants it.
func main() {}
