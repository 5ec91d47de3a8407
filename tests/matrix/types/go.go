// Gives back what it gets.
package main

import (
	"fmt"
	"strings"

	echo "bindings/matrix_types_echo"
	witRuntime "bindings/wit/runtime"
	witTypes "bindings/wit/types"
)

func main() {}

func Truth(v bool) bool {
	return v
}

func Unsigned8(v uint8) uint8 {
	return v
}

func Unsigned16(v uint16) uint16 {
	return v
}

func Unsigned32(v uint32) uint32 {
	return v
}

func Unsigned64(v uint64) uint64 {
	return v
}

func Signed8(v int8) int8 {
	return v
}

func Signed16(v int16) int16 {
	return v
}

func Signed32(v int32) int32 {
	return v
}

func Signed64(v int64) int64 {
	return v
}

func Single(v float32) float32 {
	return v
}

func DoubleSize(v float64) float64 {
	return v
}

func Letter(v rune) rune {
	return v
}

func Text(v string) string {
	return v
}

func Bytes(v []uint8) []uint8 {
	return v
}

func Numbers(v []int64) []int64 {
	return v
}

func Texts(v []string) []string {
	return v
}

func Nested(v [][]uint16) [][]uint16 {
	return v
}

func Maybe(v witTypes.Option[uint32]) witTypes.Option[uint32] {
	return v
}

func MaybeText(v witTypes.Option[string]) witTypes.Option[string] {
	return v
}

func MaybeMaybe(v witTypes.Option[witTypes.Option[uint8]]) witTypes.Option[witTypes.Option[uint8]] {
	return v
}

func Pair(v witTypes.Tuple2[string, uint64]) (string, uint64) {
	return v.F0, v.F1
}

func APoint(v echo.Point) echo.Point {
	return v
}

func APerson(v echo.Person) echo.Person {
	return v
}

func People(v []echo.Person) []echo.Person {
	return v
}

func AShape(v echo.Shape) echo.Shape {
	return v
}

func Shapes(v []echo.Shape) []echo.Shape {
	return v
}

func AColor(v echo.Color) echo.Color {
	return v
}

func AnAccess(v echo.Access) echo.Access {
	return v
}

func Outcome(v witTypes.Result[uint32, string]) witTypes.Result[uint32, string] {
	return v
}

func OutcomeBare(v witTypes.Result[witTypes.Unit, witTypes.Unit]) witTypes.Result[witTypes.Unit, witTypes.Unit] {
	return v
}

func Many(a uint32, b uint32, c uint32, d uint32, e uint32, f uint32, g uint32, h uint32, i uint32, j uint32, k uint32, l uint32, m uint32, n uint32, o uint32, p uint32, q uint32) string {
	var all []string
	for _, one := range []uint32{a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q} {
		all = append(all, fmt.Sprint(one))
	}
	return strings.Join(all, ",")
}

func Nothing() {}

type Counter struct {
	witRuntime.Resource
	sum uint32
}

func MakeCounter(start uint32) *Counter {
	return &Counter{sum: start}
}

func (c *Counter) Add(n uint32) uint32 {
	c.sum += n
	return c.sum
}

func CounterMerge(a *Counter, b *Counter) *Counter {
	return &Counter{sum: a.sum + b.sum}
}
