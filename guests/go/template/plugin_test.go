package main

import (
	"testing"

	processor "bindings/techbytes_plugins_processor"
)

var meta = processor.Metadata{Name: "AnalyticsEngine", Version: "1.0.2", Priority: 1}

func TestTextComesBackInCapitals(t *testing.T) {
	for input, want := range map[string]string{
		"hello techbytes": "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES",
		"grün":            "[Processed by AnalyticsEngine v1.0.2]: GRÜN",
	} {
		got := ProcessData(input, meta)
		if got.IsErr() || got.Ok() != want {
			t.Errorf("ProcessData(%q) is %+v, not %q", input, got, want)
		}
	}
}

func TestEmptyInputIsRefused(t *testing.T) {
	got := ProcessData("", meta)
	if got.IsOk() || got.Err() != "Input cannot be empty" {
		t.Errorf("ProcessData of nothing is %+v", got)
	}
}
