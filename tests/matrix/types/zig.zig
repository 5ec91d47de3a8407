//! Gives back what it gets.

const std = @import("std");
const world = @import("world");
const Allocator = std.mem.Allocator;

pub const echo = struct {
    const Point = world.exports.echo.Point;
    const Person = world.exports.echo.Person;
    const Shape = world.exports.echo.Shape;
    const Color = world.exports.echo.Color;
    const Access = world.exports.echo.Access;
    const Outcome = world.Result(u32, []const u8);
    const Bare = world.Result(void, void);

    pub fn truth(_: Allocator, v: bool) bool {
        return v;
    }

    pub fn unsigned8(_: Allocator, v: u8) u8 {
        return v;
    }

    pub fn unsigned16(_: Allocator, v: u16) u16 {
        return v;
    }

    pub fn unsigned32(_: Allocator, v: u32) u32 {
        return v;
    }

    pub fn unsigned64(_: Allocator, v: u64) u64 {
        return v;
    }

    pub fn signed8(_: Allocator, v: i8) i8 {
        return v;
    }

    pub fn signed16(_: Allocator, v: i16) i16 {
        return v;
    }

    pub fn signed32(_: Allocator, v: i32) i32 {
        return v;
    }

    pub fn signed64(_: Allocator, v: i64) i64 {
        return v;
    }

    pub fn single(_: Allocator, v: f32) f32 {
        return v;
    }

    pub fn doubleSize(_: Allocator, v: f64) f64 {
        return v;
    }

    pub fn letter(_: Allocator, v: u21) u21 {
        return v;
    }

    pub fn text(_: Allocator, v: []const u8) []const u8 {
        return v;
    }

    pub fn bytes(_: Allocator, v: []const u8) []const u8 {
        return v;
    }

    pub fn numbers(_: Allocator, v: []const i64) []const i64 {
        return v;
    }

    pub fn texts(_: Allocator, v: []const []const u8) []const []const u8 {
        return v;
    }

    pub fn nested(_: Allocator, v: []const []const u16) []const []const u16 {
        return v;
    }

    pub fn maybe(_: Allocator, v: ?u32) ?u32 {
        return v;
    }

    pub fn maybeText(_: Allocator, v: ?[]const u8) ?[]const u8 {
        return v;
    }

    pub fn maybeMaybe(_: Allocator, v: ??u8) ??u8 {
        return v;
    }

    pub fn pair(_: Allocator, v: struct { []const u8, u64 }) struct { []const u8, u64 } {
        return v;
    }

    pub fn aPoint(_: Allocator, v: Point) Point {
        return v;
    }

    pub fn aPerson(_: Allocator, v: Person) Person {
        return v;
    }

    pub fn people(_: Allocator, v: []const Person) []const Person {
        return v;
    }

    pub fn aShape(_: Allocator, v: Shape) Shape {
        return v;
    }

    pub fn shapes(_: Allocator, v: []const Shape) []const Shape {
        return v;
    }

    pub fn aColor(_: Allocator, v: Color) Color {
        return v;
    }

    pub fn anAccess(_: Allocator, v: Access) Access {
        return v;
    }

    pub fn outcome(_: Allocator, v: Outcome) Outcome {
        return v;
    }

    pub fn outcomeBare(_: Allocator, v: Bare) Bare {
        return v;
    }

    pub fn many(
        arena: Allocator,
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
        k: u32,
        l: u32,
        m: u32,
        n: u32,
        o: u32,
        p: u32,
        q: u32,
    ) ![]const u8 {
        var answer: std.ArrayList(u8) = .empty;
        for ([_]u32{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q }) |number| {
            if (answer.items.len > 0) try answer.append(arena, ',');
            try answer.print(arena, "{d}", .{number});
        }
        return answer.items;
    }

    pub fn nothing(_: Allocator) void {}
};

pub const counters = struct {
    const Handle = world.exports.counters.Counter;

    pub const Counter = struct {
        sum: u32,

        pub fn init(_: Allocator, start: u32) Handle {
            return .new(.{ .sum = start });
        }

        pub fn add(self: *Counter, _: Allocator, n: u32) u32 {
            self.sum +%= n;
            return self.sum;
        }

        pub fn merge(_: Allocator, a: *Counter, b: *Counter) Handle {
            return .new(.{ .sum = a.sum +% b.sum });
        }
    };
};
