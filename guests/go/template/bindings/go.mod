// What is below is written by `mortise build`.
module bindings

go 1.24
