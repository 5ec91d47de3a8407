//! Answers text in upper case, signed with the plugin's name and version.

const std = @import("std");
const world = @import("world");
const Allocator = std.mem.Allocator;

pub const processor = struct {
    const Metadata = world.exports.processor.Metadata;
    const Answer = world.Result([]const u8, []const u8);

    /// What is allocated in `arena` is freed when the host has read the answer.
    pub fn processData(arena: Allocator, input: []const u8, meta: Metadata) !Answer {
        if (input.len == 0) return .{ .err = "Input cannot be empty" };
        const parts = [_][]const u8{ "[Processed by ", meta.name, " v", meta.version, "]: ", input };
        const answer = try std.mem.concat(arena, u8, &parts);
        capitalize(answer[answer.len - input.len ..]);
        return .{ .ok = answer };
    }
};

/// Letters of ASCII, as many at a time as there are in a vector. Zig's library knows no others.
fn capitalize(text: []u8) void {
    const len = std.simd.suggestVectorLength(u8) orelse 1;
    const Block = @Vector(len, u8);
    const bit: Block = @splat('a' - 'A');
    var rest = text;
    while (rest.len >= len) : (rest = rest[len..]) {
        const block: Block = rest[0..len].*;
        const is_lower = block -% @as(Block, @splat('a')) < @as(Block, @splat(26));
        rest[0..len].* = @select(u8, is_lower, block -% bit, block);
    }
    for (rest) |*letter| letter.* = std.ascii.toUpper(letter.*);
}

fn process(arena: *std.heap.ArenaAllocator, input: []const u8) !processor.Answer {
    return processor.processData(arena.allocator(), input, .{
        .name = "AnalyticsEngine",
        .version = "1.0.2",
        .priority = 1,
    });
}

test "text comes back in upper case" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const answer = try process(&arena, "hello techbytes");
    try std.testing.expectEqualStrings("[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES", answer.ok);
}

test "letters of ASCII alone have capitals" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const answer = try process(&arena, "@az[`{\x01 straße, and more than one vector of it");
    try std.testing.expectEqualStrings(
        "[Processed by AnalyticsEngine v1.0.2]: @AZ[`{\x01 STRAßE, AND MORE THAN ONE VECTOR OF IT",
        answer.ok,
    );
}

test "empty input is refused" {
    var arena: std.heap.ArenaAllocator = .init(std.testing.allocator);
    defer arena.deinit();
    const answer = try process(&arena, "");
    try std.testing.expectEqualStrings("Input cannot be empty", answer.err);
}
