//! Functions of 0 to 16 core values. Zig has parameters where one writes them, and nowhere else.

/// A function with the parameters `Body.params` and the result `Body.Answer`, which hands them to
/// `Body.run` as a tuple.
pub fn function(comptime Body: type) *const @Fn(Body.params, &@splat(.{}), Body.Answer, .{ .@"callconv" = .c }) {
    const P = Body.params;
    const R = Body.Answer;
    return &switch (P.len) {
        0 => struct {
            fn call() callconv(.c) R {
                return Body.run(.{});
            }
        },
        1 => struct {
            fn call(a: P[0]) callconv(.c) R {
                return Body.run(.{a});
            }
        },
        2 => struct {
            fn call(a: P[0], b: P[1]) callconv(.c) R {
                return Body.run(.{ a, b });
            }
        },
        3 => struct {
            fn call(a: P[0], b: P[1], c: P[2]) callconv(.c) R {
                return Body.run(.{ a, b, c });
            }
        },
        4 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3]) callconv(.c) R {
                return Body.run(.{ a, b, c, d });
            }
        },
        5 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e });
            }
        },
        6 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f });
            }
        },
        7 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g });
            }
        },
        8 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h });
            }
        },
        9 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i });
            }
        },
        10 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j });
            }
        },
        11 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9], k: P[10]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j, k });
            }
        },
        12 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9], k: P[10], l: P[11]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j, k, l });
            }
        },
        13 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9], k: P[10], l: P[11], m: P[12]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j, k, l, m });
            }
        },
        14 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9], k: P[10], l: P[11], m: P[12], n: P[13]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n });
            }
        },
        15 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9], k: P[10], l: P[11], m: P[12], n: P[13], o: P[14]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o });
            }
        },
        16 => struct {
            fn call(a: P[0], b: P[1], c: P[2], d: P[3], e: P[4], f: P[5], g: P[6], h: P[7], i: P[8], j: P[9], k: P[10], l: P[11], m: P[12], n: P[13], o: P[14], p: P[15]) callconv(.c) R {
                return Body.run(.{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p });
            }
        },
        else => unreachable,
    }.call;
}
