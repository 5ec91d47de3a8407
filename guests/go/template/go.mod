module example.com/{{name}}

go 1.24

require bindings v0.0.0

replace bindings => ./bindings
