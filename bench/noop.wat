;; The plugin for noop.wit.
(component
  (core module $module (func (export "noop")))
  (core instance $code (instantiate $module))
  (func $noop (canon lift (core func $code "noop")))
  (instance $nothing (export "noop" (func $noop)))
  (export "mortise:bench/nothing" (instance $nothing)))
