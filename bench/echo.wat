;; The plugin for echo.wit. There is one text at a time, so it always has the same place.
(component
  (core module $module
    (memory (export "memory") 8)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "echo") (param $at i32) (param $length i32) (result i32)
      (i32.store (i32.const 16) (local.get $at))
      (i32.store (i32.const 20) (local.get $length))
      (i32.const 16)))
  (core instance $code (instantiate $module))
  (func $utf8 (param "text" string) (result string)
    (canon lift (core func $code "echo") (memory $code "memory") (realloc (func $code "realloc"))
      string-encoding=utf8))
  (func $utf16 (param "text" string) (result string)
    (canon lift (core func $code "echo") (memory $code "memory") (realloc (func $code "realloc"))
      string-encoding=utf16))
  (func $latin1 (param "text" string) (result string)
    (canon lift (core func $code "echo") (memory $code "memory") (realloc (func $code "realloc"))
      string-encoding=latin1+utf16))
  (instance $texts
    (export "utf8" (func $utf8))
    (export "utf16" (func $utf16))
    (export "latin1-utf16" (func $latin1)))
  (export "mortise:bench/texts" (instance $texts)))
