// Package types has the types of WIT that Go has no word for.
package types

// Unit is the value of a result that has none.
type Unit struct{}

// What Tag of an Option says.
const (
	OptionNone = 0
	OptionSome = 1
)

// Option is a value, or none.
type Option[T any] struct {
	tag   uint8
	value T
}

// None is the option without a value.
func None[T any]() Option[T] { return Option[T]{} }

// Some is the option of a value.
func Some[T any](value T) Option[T] { return Option[T]{OptionSome, value} }

// Tag is OptionNone or OptionSome.
func (o Option[T]) Tag() uint8 { return o.tag }

// IsNone says whether there is no value.
func (o Option[T]) IsNone() bool { return o.tag == OptionNone }

// IsSome says whether there is a value.
func (o Option[T]) IsSome() bool { return o.tag == OptionSome }

// Some is the value. Panics where there is none.
func (o Option[T]) Some() T {
	if o.tag != OptionSome {
		panic("types: Some of an option that is none")
	}
	return o.value
}

// SomeOr is the value, or another where there is none.
func (o Option[T]) SomeOr(other T) T {
	if o.tag != OptionSome {
		return other
	}
	return o.value
}

// What Tag of a Result says.
const (
	ResultOk  = 0
	ResultErr = 1
)

// Result is a value of T, or an error of E.
type Result[T, E any] struct {
	tag uint8
	ok  T
	err E
}

// Ok is the result with a value.
func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{tag: ResultOk, ok: value} }

// Err is the result with an error.
func Err[T, E any](value E) Result[T, E] { return Result[T, E]{tag: ResultErr, err: value} }

// Tag is ResultOk or ResultErr.
func (r Result[T, E]) Tag() uint8 { return r.tag }

// IsOk says whether there is a value.
func (r Result[T, E]) IsOk() bool { return r.tag == ResultOk }

// IsErr says whether there is an error.
func (r Result[T, E]) IsErr() bool { return r.tag == ResultErr }

// Ok is the value. Panics where there is an error.
func (r Result[T, E]) Ok() T {
	if r.tag != ResultOk {
		panic("types: Ok of a result that is an error")
	}
	return r.ok
}

// Err is the error. Panics where there is none.
func (r Result[T, E]) Err() E {
	if r.tag != ResultErr {
		panic("types: Err of a result that is a value")
	}
	return r.err
}
