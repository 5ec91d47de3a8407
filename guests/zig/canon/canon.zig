//! The Canonical ABI of components, for Zig types: `lower` makes of a value what core functions pass
//! and what lies in memory, `lift` makes a value of that again. Both follow the type by reflection,
//! so that the bindings beside this file only say which types and functions there are.
//!
//!   bool, integers, floats   the same         record           struct
//!   char                     u21              tuple            struct { A, B }
//!   string                   []const u8       variant          union(enum)
//!   list<T>                  []const T        enum             enum(u8)
//!   list<T, N>               [N]T             flags            packed struct(u8) of bools
//!   map<K, V>                []const {K, V}   option<T>        ?T
//!   own<R>                   struct, handle   result<T, E>     Result(T, E)
//!   borrow<R>                Borrow(R); *State where the plugin itself defines R
//!
//! Whatever a call brings in or gives out lies in the arena of that call, which is emptied when the
//! host has read the result: nothing is freed by hand, and nothing leaks.

const std = @import("std");
const builtin = @import("builtin");
const arity = @import("arity.zig");
const traps = @import("traps.zig");
const values = @import("values.zig");
const Allocator = std.mem.Allocator;
const ArenaAllocator = std.heap.ArenaAllocator;

/// Elsewhere than in a component there is no host: there the tests of plugins run.
pub const is_component = builtin.target.cpu.arch.isWasm();

pub const panic = traps.panic;
pub const notImplemented = traps.notImplemented;

/// For what outlives a call.
pub const gpa: Allocator = if (is_component) std.heap.wasm_allocator else std.heap.page_allocator;

/// WIT's result<Ok, Err>; void for `_`.
pub fn Result(comptime Ok: type, comptime Err: type) type {
    return union(enum) { ok: Ok, err: Err };
}

/// A handle that the host lends for a call. It goes back by itself: do not drop it.
pub fn Borrow(comptime Handle: type) type {
    return struct {
        value: Handle,

        pub const is_borrow = true;
    };
}

/// A handle of a resource that the plugin defines: behind each is a `Behind`, which is destroyed, after
/// its `deinit` if it has one, when the last owner drops the handle.
pub fn Own(comptime module: []const u8, comptime name: []const u8, comptime Behind: type) type {
    return struct {
        handle: u32,

        pub const State = Behind;
        const Self = @This();

        pub fn new(state: State) Self {
            const kept = gpa.create(State) catch traps.outOfMemory();
            kept.* = state;
            return call(module, "[resource-new]" ++ name, Self, null, .{kept});
        }

        pub fn get(self: Self) *State {
            return call(module, "[resource-rep]" ++ name, *State, null, .{self});
        }

        pub fn drop(self: Self) void {
            call(module, "[resource-drop]" ++ name, void, null, .{self});
        }
    };
}

// Memory.

var arena: ArenaAllocator = .init(gpa);
/// Where what the host hands over goes: into the arena, but for the results of imports.
var receiver: Allocator = arena.allocator();

/// What the arena keeps for the next call.
const kept_bytes = 256 * 1024;

fn endCall() void {
    _ = arena.reset(.{ .retain_with_limit = kept_bytes });
}

fn realloc(old: [*]u8, old_len: usize, alignment: usize, len: usize) callconv(.c) [*]u8 {
    if (len == 0) return @ptrFromInt(alignment);
    const aligned: std.mem.Alignment = .fromByteUnits(alignment);
    if (old_len != 0) {
        if (receiver.rawRemap(old[0..old_len], aligned, len, 0)) |same| return same;
    }
    const new = receiver.rawAlloc(len, aligned, 0) orelse traps.outOfMemory();
    if (old_len != 0) {
        const common = @min(old_len, len);
        @memcpy(new[0..common], old[0..common]);
        receiver.rawFree(old[0..old_len], aligned, 0);
    }
    return new;
}

/// The host has read the result that is at an address.
fn postReturn(_: u32) callconv(.c) void {
    endCall();
}

comptime {
    if (is_component) @export(&realloc, .{ .name = "cabi_realloc" });
}

// Functions.

/// Canonical ABI: MAX_FLAT_PARAMS, MAX_FLAT_RESULTS. More are passed in memory.
const most_params = 16;
const most_results = 1;

fn coreParams(comptime types: []const type) []const type {
    const flat = values.flatten(types);
    return if (flat.len > most_params) &.{u32} else flat;
}

/// Calls a function that the world imports. What memory its result has comes from `allocator`,
/// which is null where there is none.
pub fn call(
    comptime module: []const u8,
    comptime name: []const u8,
    comptime R: type,
    allocator: ?Allocator,
    arguments: anytype,
) R {
    if (!is_component) {
        @panic(name ++ " of " ++ module ++ ": there is no host here to call");
    }
    const types = @typeInfo(@TypeOf(arguments)).@"struct".field_types;
    const params = comptime coreParams(types);
    const results = comptime values.flatten(&.{R});
    const in_memory = results.len > most_results;

    const copies = comptime values.anyHas(values.isCopiedSlice, types);
    var scratch: ArenaAllocator = .init(gpa);
    defer if (copies) scratch.deinit();
    const lowering = if (copies) scratch.allocator() else undefined;

    const slots = if (in_memory) params ++ .{u32} else params;
    var passed: @Tuple(slots) = undefined;
    // A variant's cases do not set all of them.
    inline for (&passed) |*slot| slot.* = 0;
    var stored: [values.sizeOfAll(types)]u8 align(values.alignOfAll(types)) = undefined;
    if (comptime values.flatten(types).len > most_params) {
        values.lower(arguments, values.InMemory{ .at = &stored }, lowering);
        passed[0] = values.addressOf(&stored);
    } else {
        values.lower(arguments, values.InCore(slots, 0){ .values = &passed }, lowering);
    }
    var answer: [values.sizeOf(R)]u8 align(values.alignOf(R)) = undefined;
    if (in_memory) passed[params.len] = values.addressOf(&answer);

    const outer = receiver;
    defer receiver = outer;
    if (allocator) |given| receiver = given;
    const function = @extern(
        *const CoreFunction(slots, if (in_memory or R == void) void else results[0]),
        .{ .name = name, .library_name = module },
    );
    const result = @call(.auto, function, passed);
    if (in_memory) return values.lift(R, values.InMemory{ .at = &answer }, receiver);
    if (R == void) return;
    var core: @Tuple(results) = .{result};
    return values.lift(R, values.InCore(results, 0){ .values = &core }, receiver);
}

fn CoreFunction(comptime params: []const type, comptime R: type) type {
    return @Fn(params, &@splat(.{}), R, .{ .@"callconv" = .c });
}

/// Exports the function `path` of `plugin`, as "processor.processData", under its name in the
/// contract, whose type is `F`. It gets the arena of the call besides: before all, or after the
/// resource that it is a method of.
pub fn implement(
    comptime plugin: type,
    comptime path: []const u8,
    comptime name: []const u8,
    comptime F: type,
) void {
    const E = Entry(found(plugin, path), F, std.mem.find(u8, name, "[method]") != null);
    check(path, @TypeOf(E.implementation), E.wanted, @typeInfo(F).@"fn".return_type.?);
    if (!is_component) return;
    @export(arity.function(E), .{ .name = name });
    if (E.owns_memory) @export(&postReturn, .{ .name = "cabi_post_" ++ name });
}

/// The core function of an exported one.
fn Entry(comptime function: anytype, comptime F: type, comptime is_method: bool) type {
    const contract = @typeInfo(F).@"fn";
    const R = contract.return_type.?;
    const given = known(contract.param_types);
    const results = values.flatten(&.{R});
    return struct {
        const implementation = function;
        const before_arena = if (is_method) 1 else 0;
        const wanted = given[0..before_arena] ++ .{Allocator} ++ given[before_arena..];
        const owns_memory = values.has(values.isSlice, R);

        pub const params = coreParams(given);
        pub const Answer = if (R == void) void else if (results.len > most_results) u32 else results[0];

        /// What the host reads after the return.
        var answer: [values.sizeOf(R)]u8 align(values.alignOf(R)) = undefined;

        pub fn run(core: @Tuple(params)) Answer {
            var passed = core;
            const lifted = if (comptime values.flatten(given).len > most_params)
                values.lift(@Tuple(given), values.InMemory{ .at = values.pointerTo(passed[0]) }, arena.allocator())
            else
                values.lift(@Tuple(given), values.InCore(params, 0){ .values = &passed }, arena.allocator());
            defer if (!owns_memory) endCall();
            defer values.returnBorrows(lifted);
            return lower(answered(lifted));
        }

        fn answered(lifted: @Tuple(given)) R {
            var arguments: @Tuple(wanted) = undefined;
            arguments[before_arena] = arena.allocator();
            inline for (lifted, 0..) |one, i| arguments[if (i < before_arena) i else i + 1] = one;
            // Backtraces shall have its name.
            const result = @call(.never_inline, function, arguments);
            if (@typeInfo(@TypeOf(result)) != .error_union) return result;
            return result catch |failure| traps.fail(failure);
        }

        fn lower(result: R) Answer {
            if (R == void) return;
            if (results.len > most_results) {
                values.lower(result, values.InMemory{ .at = &answer }, arena.allocator());
                return values.addressOf(&answer);
            }
            var core: @Tuple(results) = undefined;
            values.lower(result, values.InCore(results, 0){ .values = &core }, arena.allocator());
            return core[0];
        }
    };
}

fn known(comptime types: []const ?type) []const type {
    var all: []const type = &.{};
    for (types) |T| all = all ++ .{T.?};
    return all;
}

/// Exports what destroys a resource's state.
pub fn destroy(comptime State: type, comptime name: []const u8) void {
    if (!is_component) return;
    @export(&struct {
        fn run(state: *State) callconv(.c) void {
            if (@hasDecl(State, "deinit")) state.deinit();
            gpa.destroy(state);
        }
    }.run, .{ .name = name });
}

/// What is at a path of names.
fn found(comptime plugin: type, comptime path: []const u8) Found(plugin, path) {
    const end = std.mem.findScalar(u8, path, '.') orelse return @field(plugin, path);
    return found(@field(plugin, path[0..end]), path[end + 1 ..]);
}

fn Found(comptime plugin: type, comptime path: []const u8) type {
    const end = std.mem.findScalar(u8, path, '.') orelse path.len;
    if (!@hasDecl(plugin, path[0..end])) {
        @compileError(@typeName(plugin) ++ " has no `pub` called `" ++ path[0..end] ++
            "`, which the contract exports");
    }
    const member = @field(plugin, path[0..end]);
    return if (end == path.len) @TypeOf(member) else Found(member, path[end + 1 ..]);
}

/// Says what is other than the contract has it, which a call would say in the words of this file.
fn check(comptime path: []const u8, comptime F: type, comptime params: []const type, comptime R: type) void {
    const given = @typeInfo(F).@"fn";
    if (given.param_types.len != params.len) {
        const whole = @typeName(@Fn(params, &@splat(.{}), R, .{}));
        wrong(path, "the number of its parameters", F, whole);
    }
    for (given.param_types, params, 1..) |T, P, number| {
        if (T != null and T.? != P) {
            wrong(path, std.fmt.comptimePrint("parameter {d}", .{number}), T.?, @typeName(P));
        }
    }
    const result = switch (@typeInfo(given.return_type.?)) {
        .error_union => |failing| failing.payload,
        else => given.return_type.?,
    };
    if (result != R and result != noreturn) wrong(path, "the result", result, @typeName(R));
}

fn wrong(
    comptime path: []const u8,
    comptime place: []const u8,
    comptime Given: type,
    comptime wanted: []const u8,
) noreturn {
    @compileError("`" ++ path ++ "`: " ++ place ++ " is other than in the contract, which has " ++ wanted ++
        " and not " ++ @typeName(Given));
}
