//! A plugin for the world `giving`.

const std = @import("std");
const world = @import("world");
const Allocator = std.mem.Allocator;

pub const jars = struct {
    const Handle = world.exports.jars.Jar;

    pub fn smashAll(_: Allocator, all: []const Handle) u32 {
        var sum: u32 = 0;
        for (all) |jar| {
            defer jar.drop();
            sum += jar.get().count;
        }
        return sum;
    }

    pub const Jar = struct {
        count: u32,

        pub fn init(_: Allocator, count: u32) Handle {
            return .new(.{ .count = count });
        }

        pub fn coins(self: *Jar, _: Allocator) u32 {
            return self.count;
        }

        pub fn smash(_: Allocator, jar: Handle) u32 {
            defer jar.drop();
            return jar.get().count;
        }

        pub fn deinit(_: *Jar) void {}
    };
};

test {
    _ = world;
}
