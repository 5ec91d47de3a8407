//! Calls every function of its host.

const std = @import("std");
const world = @import("world");
const Allocator = std.mem.Allocator;
const store = world.imports.store;

pub const task = struct {
    pub fn run(arena: Allocator, words: []const []const u8) !world.Result(u32, []const u8) {
        for (words) |word| {
            store.log(.info, try std.mem.concat(arena, u8, &.{ "word ", word }));
            const key = try std.mem.concat(arena, u8, &.{ "k-", word });
            switch (store.put(arena, .{ .key = key, .value = word })) {
                .ok => {},
                .err => |why| return .{ .err = why },
            }
            const kept = store.get(arena, key) orelse return error.NotKept;
            if (!std.mem.eql(u8, kept, word)) return error.NotKept;
        }
        const cursor: store.Cursor = .init("k-");
        defer cursor.drop();
        var count: u32 = 0;
        while (cursor.next(arena)) |key| : (count += 1) store.log(.debug, key);
        return .{ .ok = count };
    }
};
