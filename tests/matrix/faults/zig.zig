//! Fails as it is told to.

const std = @import("std");
const world = @import("world");
const Allocator = std.mem.Allocator;

pub const faulty = struct {
    const How = world.exports.faulty.How;

    pub fn work(_: Allocator, how: How, input: []const u8) ![]const u8 {
        switch (how) {
            .well => return input,
            .panic => failNow(input),
            .spin => spinNow(),
            .exhaust => try exhaustNow(),
        }
    }
};

noinline fn failNow(input: []const u8) noreturn {
    std.debug.panic("deliberate: {s}", .{input});
}

noinline fn spinNow() noreturn {
    while (true) std.mem.doNotOptimizeAway(0);
}

noinline fn exhaustNow() error{OutOfMemory}!noreturn {
    while (true) {
        const taken = try world.gpa.alloc(u8, 1 << 20);
        @memset(taken, 1);
        std.mem.doNotOptimizeAway(taken.ptr);
    }
}
