// The engine: everything that Mortise asks of Wasmtime, as one C interface.
//
// Used by contract/detail and runtime/detail alone; hosts include <mortise/mortise.h>.
// Implemented in Rust, file for file:
// engine/src/{error,engine,compile,digest,component,code,call,host,resource,wasi/mod,instance,pooled}.rs.
//
// Conventions
//  1. A function that can fail returns a mortise_error_t*: null is success, anything else is
//     owned by the caller and freed with mortise_error_delete. Out-parameters are written on
//     success only.
//  2. `x_new` and out-parameters give ownership; `x_delete` takes it and accepts null.
//  3. Text is UTF-8 with a length, not terminated, and raw: what came from a guest may hold
//     control characters. Whoever prints it escapes it.
//  4. Engines and components may be used from any number of threads at once. An instance, an
//     error and an artifact belong to one thread at a time.
//  5. A panic on the Rust side comes back as MORTISE_ERROR_INTERNAL. Callbacks must not unwind.
//  6. Bytes given to mortise_component_new or _take are native code: only what mortise_compile
//  made,
//     unaltered, may get there.
#ifndef MORTISE_ENGINE_H
#define MORTISE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mortise_error mortise_error_t;
typedef struct mortise_engine mortise_engine_t;
typedef struct mortise_artifact mortise_artifact_t;
typedef struct mortise_component mortise_component_t;
typedef struct mortise_instance mortise_instance_t;
typedef struct mortise_lowering mortise_lowering_t;
typedef struct mortise_lifting mortise_lifting_t;
typedef struct mortise_reservation mortise_reservation_t;

// Bytes that somebody else owns.
typedef struct {
  const uint8_t* data;
  size_t size;
} mortise_bytes_t;

// ---- error.rs: why something failed ---------------------------------------------------------

typedef enum : uint8_t {
  // The input is not a component that this engine can run. Message: what the parser, validator
  // or compiler said.
  MORTISE_ERROR_COMPONENT = 1,
  // The component imports what nobody provides. Message: names it.
  MORTISE_ERROR_IMPORT,
  // The guest trapped. Code: mortise_trap_t.
  MORTISE_ERROR_TRAP,
  // The guest broke the canonical ABI in a way that the engine noticed, such as a realloc that
  // points outside of memory.
  MORTISE_ERROR_ABI,
  // The guest called WASI's `exit`: `asked` is the status.
  MORTISE_ERROR_EXIT,
  // A limit was crossed. `asked` and `allowed` are set for memory.
  MORTISE_ERROR_FUEL,
  MORTISE_ERROR_DEADLINE,
  MORTISE_ERROR_STACK,
  MORTISE_ERROR_MEMORY,
  MORTISE_ERROR_HANDLES,
  // The budget's `stop` ended the run.
  MORTISE_ERROR_STOPPED,
  // A callback of the caller said no. The caller knows why.
  MORTISE_ERROR_CALLBACK,
  // The instance is in a call already. Nothing happened to it.
  MORTISE_ERROR_BUSY,
  // An earlier call ended the instance.
  MORTISE_ERROR_ENDED,
  // The calling thread has too little stack left: `asked` bytes are needed, `allowed` are there.
  // Nothing happened to the instance.
  MORTISE_ERROR_HOST_STACK,
  // The operating system refused memory or the like.
  MORTISE_ERROR_SYSTEM,
  // A bug in Mortise or Wasmtime.
  MORTISE_ERROR_INTERNAL,
} mortise_error_kind_t;

// One function of a guest that was running, innermost first. Empty text where nothing is known.
typedef struct {
  mortise_bytes_t function;
  mortise_bytes_t module;
  mortise_bytes_t file;
  uint32_t function_index;
  uint32_t line;  // 0: unknown
} mortise_frame_t;

void mortise_error_delete(mortise_error_t*);
mortise_error_kind_t mortise_error_kind(const mortise_error_t*);
// Borrowed: lives as long as the error.
mortise_bytes_t mortise_error_message(const mortise_error_t*);
size_t mortise_error_frame_count(const mortise_error_t*);
mortise_frame_t mortise_error_frame(const mortise_error_t*, size_t index);
uint64_t mortise_error_asked(const mortise_error_t*);
uint64_t mortise_error_allowed(const mortise_error_t*);

// ---- engine.rs: one configuration of Wasmtime ------------------------------------------------

// What compiled code can be stopped by. Code of one mode runs in an engine of that mode only.
typedef enum : uint8_t {
  MORTISE_ENGINE_TRUSTED = 0,  // nothing: the fastest, and a loop runs for ever
  MORTISE_ENGINE_LIMITED = 1,  // deadlines
  MORTISE_ENGINE_METERED = 2,  // deadlines and fuel
} mortise_engine_mode_t;

// What code is compiled for, and needs to run.
typedef struct {
  mortise_engine_mode_t mode;
  bool experimental_types;  // list<T, N> and map<K, V>
  size_t stack;             // what a guest may use of the calling thread's stack, in bytes
} mortise_settings_t;

mortise_error_t* mortise_engine_new(mortise_settings_t, mortise_engine_t** out);
// Components and instances keep what they need of their engine alive.
void mortise_engine_delete(mortise_engine_t*);

// ---- compile.rs: bytes to native code ---------------------------------------------------------

typedef enum : uint8_t { MORTISE_INPUT_BINARY = 0, MORTISE_INPUT_TEXT = 1 } mortise_input_t;

// Compiles a component, or the text format of one. Nothing bounds the time, memory or recursion
// that a hostile input costs here: for strangers' components this runs in mortise-compile, a
// process with limits of its own.
mortise_error_t* mortise_compile(const mortise_engine_t*, mortise_bytes_t input, mortise_input_t,
                                 mortise_artifact_t** out);
void mortise_artifact_delete(mortise_artifact_t*);
// Native code for mortise_component_new.
mortise_bytes_t mortise_artifact_code(const mortise_artifact_t*);
// What the component says of itself, decoded as WIT, in the form that contract/ reads.
mortise_bytes_t mortise_artifact_contract(const mortise_artifact_t*);
// What an instance of its largest module costs the host besides memories and tables, in bytes.
uint64_t mortise_artifact_footprint(const mortise_artifact_t*);

// ---- digest.rs: BLAKE3 -------------------------------------------------------------------------

enum { MORTISE_DIGEST_SIZE = 32 };

// The digest of the parts, each of which counts with its length; keyed, unless `key` is null.
void mortise_digest(const uint8_t key[MORTISE_DIGEST_SIZE], const mortise_bytes_t* parts,
                    size_t count, uint8_t out[MORTISE_DIGEST_SIZE]);
// In a time that says nothing of where they differ.
bool mortise_digest_equal(const uint8_t a[MORTISE_DIGEST_SIZE],
                          const uint8_t b[MORTISE_DIGEST_SIZE]);
// The same for two engines where code of one runs in the other, and is what the other would have
// compiled: version, settings, and what is used of the processor.
void mortise_engine_identity(const mortise_engine_t*, uint8_t out[MORTISE_DIGEST_SIZE]);

// ---- component.rs: compiled code, linked ------------------------------------------------------

// `code` is copied. It must be what mortise_compile made for an engine of the same settings, and
// `footprint` what it said.
mortise_error_t* mortise_component_new(const mortise_engine_t*, mortise_bytes_t code,
                                       uint64_t footprint, mortise_component_t** out);
void mortise_component_delete(mortise_component_t*);

// Memory for native code, which runs where it is: it is filled by the caller, and then taken. It is
// one thread's at a time.
typedef struct mortise_code mortise_code_t;
mortise_error_t* mortise_code_new(size_t size, mortise_code_t** out);
void mortise_code_delete(mortise_code_t*);
// `size` bytes.
uint8_t* mortise_code_data(mortise_code_t*);
// As mortise_component_new, without a copy. `code` is taken, whatever comes of it.
mortise_error_t* mortise_component_take(const mortise_engine_t*, mortise_code_t* code,
                                        uint64_t footprint, mortise_component_t** out);

// A function or resource: of an interface, or of the world itself where `interface` is empty.
typedef struct {
  mortise_bytes_t interface;
  mortise_bytes_t item;
} mortise_name_t;

typedef enum : uint8_t { MORTISE_IMPORT = 0, MORTISE_EXPORT = 1 } mortise_direction_t;

// The type of one function as the engine itself understands it, in the form that contract/ reads,
// without names of records and the like. This is what guards memory. An artifact with no functions:
// the component has none of that name. `budget` bounds the number of types that are visited; past
// it: MORTISE_ERROR_COMPONENT.
mortise_error_t* mortise_component_reflect(const mortise_component_t*, mortise_direction_t,
                                           mortise_name_t, size_t budget, mortise_artifact_t** out);

// ---- call.rs: how a function is called ---------------------------------------------------------

// How the guest writes its strings; differs from function to function.
typedef enum : uint8_t {
  MORTISE_ENCODING_UTF8 = 0,
  MORTISE_ENCODING_UTF16 = 1,
  MORTISE_ENCODING_LATIN1_UTF16 = 2,
} mortise_encoding_t;

// One core value as Wasmtime passes it, aligned to 8 bytes. i32 and f32 take the low four bytes.
typedef struct mortise_slot {
  uint64_t low;
  uint64_t high;
} mortise_slot_t;

enum { MORTISE_MAX_FLAT_PARAMS = 16 };

// A guest's linear memory, all of it. Any call into the guest may move it.
typedef struct {
  uint8_t* base;
  size_t size;
} mortise_memory_t;

// How one exported function is called: by these two for all its calls, with the `context` of each.
// Both return 0 to go on and anything else to end the call (MORTISE_ERROR_CALLBACK) and the
// instance with it.
typedef struct {
  mortise_name_t name;
  // Writes the parameters: at most 16 core values, or one pointer to them in memory. Null: there
  // are none. Where there is a self, those after it.
  int32_t (*lower)(void* context, mortise_lowering_t*, mortise_encoding_t,
                   mortise_slot_t params[MORTISE_MAX_FLAT_PARAMS]);
  // Reads the result: one core value, or a pointer to the result in memory. Runs before the
  // guest's post-return function, so what the guest returned is still in its place. Null: there
  // is none.
  int32_t (*lift)(void* context, mortise_lifting_t*, mortise_memory_t, mortise_encoding_t,
                  const mortise_slot_t* result);
  // The first core value is a borrow of a resource of the guest's, which mortise_instance_call is
  // given.
  bool has_self;
  // Some value lies in the guest's memory: strings, lists, what is too large for core values.
  // Where none does, memory and encoding are not looked up: `lower` gets no lowering, and `lift`
  // a memory of size 0. Handles need a lowering too, and a result that has some, a lifting.
  bool lowers_to_memory;
  bool lifts_from_memory;
  // How many resources come up in the parameters' types, and in the result's: see resource.rs.
  uint32_t param_resources;
  uint32_t result_resources;
} mortise_callee_t;

// From within `lower`: asks the guest for `size` bytes. Returns 0 and the offset, with the memory
// as it is afterwards; the block lies within it. Else the call is over: return non-zero.
int32_t mortise_lowering_realloc(mortise_lowering_t*, uint32_t align, uint32_t size,
                                 uint32_t* offset, mortise_memory_t*);

// ---- host.rs: functions of the host that guests import -----------------------------------------

// One call of a host function. Memory and encoding have a meaning where `lifts_from_memory`, reps
// where there are handles in the parameters.
typedef struct mortise_host_call {
  mortise_memory_t memory;
  mortise_encoding_t encoding;
  // What the handles in the parameters stand for, in the order of the types.
  // An own has left its table, and is C++'s to end; a borrow is good until the function returns.
  const uint32_t* reps;
  size_t rep_count;
  void* store;  // the engine's
} mortise_host_call_t;

// What the call of the guest, of which this is a part, has left in milliseconds. UINT64_MAX: it has
// no deadline.
uint64_t mortise_host_call_time_left(const mortise_host_call_t*);
// What it has left of its fuel. UINT64_MAX: that is not counted.
uint64_t mortise_host_call_fuel_left(const mortise_host_call_t*);
// Takes so much off it; where there is less, all.
void mortise_host_call_charge(const mortise_host_call_t*, uint64_t fuel);

// What the instance has left of its memory, in bytes.
uint64_t mortise_host_call_memory_left(const mortise_host_call_t*);
// Keeps so much of that from the instance until mortise_reservation_delete, which any thread may
// call, also when the instance is gone. Null: it has not that much left.
mortise_reservation_t* mortise_host_call_reserve(const mortise_host_call_t*, uint64_t bytes);
void mortise_reservation_delete(mortise_reservation_t*);

// How a result comes back.
typedef enum : uint8_t {
  MORTISE_ANSWER_NOTHING = 0,
  MORTISE_ANSWER_CORE_VALUE = 1,
  MORTISE_ANSWER_IN_MEMORY = 2,
  // One core value, which is an own: the answer is its representation.
  MORTISE_ANSWER_HANDLE = 3,
} mortise_answer_t;

// Where the handles in the parameters are.
typedef enum : uint8_t {
  MORTISE_HANDLES_NONE = 0,
  MORTISE_HANDLES_ONE = 1,  // one parameter is one, and nothing lies in memory
  MORTISE_HANDLES_ANY = 2,
} mortise_handles_t;

enum { MORTISE_PARAMS_IN_MEMORY = 17 };

// A function that guests may call. Its callbacks are given `host`, which mortise_instance_new was
// given, and `function`, which outlives the component. `call` and `lower` return 0 to go on and
// anything else to end the guest's call, and the instance with it.
typedef struct {
  mortise_name_t name;
  const void* function;
  uint32_t params;  // core values, or MORTISE_PARAMS_IN_MEMORY: one pointer to all of them
  mortise_answer_t answer;
  bool lifts_from_memory;  // some parameter lies in the guest's memory
  mortise_handles_t handles;
  uint32_t result_resources;
  // Reads the parameters, runs the function, and leaves its result in `answer`: the core value, or
  // a pointer for `lower` and `drop`. Pointers to parameters, in core values or not, are
  // unchecked; the block of MORTISE_PARAMS_IN_MEMORY alone lies within memory and is aligned.
  int32_t (*call)(void* host, const void* function, const mortise_host_call_t*,
                  const mortise_slot_t* params, uint64_t* answer);
  // With MORTISE_ANSWER_IN_MEMORY: writes the result to the block at `at`, which lies within memory
  // and is aligned.
  int32_t (*lower)(void* host, const void* function, mortise_lowering_t*, mortise_encoding_t,
                   mortise_memory_t, uint32_t at, void* result);
  // Comes once for each result that `call` has left, lowered or not.
  void (*drop)(void* host, const void* function, void* result);
} mortise_host_t;

// ---- resource.rs: handles
// ------------------------------------------------------------------------

// Resources of the host's are numbers to the engine, their representations, which C++ chooses; the
// handles that guests get are made and checked by the engine. Where a handle crosses, `resource` is
// the number of its resource in the function's type: parameters and result apart, each resource
// counted once, in the order in which fields, cases and elements come up.

// A resource of the host's, which guests may import. `resource` is for mortise_drop_t, and outlives
// the component.
typedef struct {
  mortise_name_t name;
  const void* resource;
} mortise_resource_t;

// The guest dropped its own of this representation.
typedef void (*mortise_drop_t)(void* host, const void* resource, uint32_t rep);

// A resource of the guest's that the host owns. Copies are the same handle: one of them is given
// back, by mortise_lowering_guest or mortise_instance_drop, and then none is used again.
typedef struct {
  uint64_t opaque[5];
} mortise_handle_t;

// From within `lower`: a new handle of the guest's for `rep`; own, or a borrow for the time of the
// call. Returns 0 and the handle. Else the call is over: return non-zero.
int32_t mortise_lowering_host(mortise_lowering_t*, uint32_t resource, bool own, uint32_t rep,
                              uint32_t* index);
// The same for a resource of the guest's.
int32_t mortise_lowering_guest(mortise_lowering_t*, uint32_t resource, bool own,
                               const mortise_handle_t*, uint32_t* index);
// From within `lift`: takes the own that the guest hands over at `index`.
int32_t mortise_lifting_host(mortise_lifting_t*, uint32_t resource, uint32_t index, uint32_t* rep);
int32_t mortise_lifting_guest(mortise_lifting_t*, uint32_t resource, uint32_t index,
                              mortise_handle_t*);

// ---- wasi/mod.rs: WASI 0.2, sealed -------------------------------------------------------------

// What clocks show.
typedef enum : uint8_t {
  // The real time of the call's first look, to the millisecond, for all of the call.
  MORTISE_CLOCK_PER_CALL = 0,
  MORTISE_CLOCK_REAL = 1,
  // `frozen_at`, moved by sleeps alone, which take no time.
  MORTISE_CLOCK_FROZEN = 2,
} mortise_clock_t;

// A line that a guest printed; or, where `dropped` is not 0, how many more it printed in a call.
typedef struct {
  uint32_t stream;       // 0: standard output, 1: standard error
  mortise_bytes_t text;  // any bytes, without the end of the line
  uint64_t cut;          // how many more bytes the line had
  uint64_t dropped;
} mortise_line_t;

typedef struct {
  mortise_clock_t clock;
  bool seeded;          // randomness is what `seed` makes
  uint32_t lines;       // handed over in one call, besides the one that says how many were not
  uint32_t line_bytes;  // of one line
  uint64_t frozen_at;   // nanoseconds since 1970
  uint64_t seed;
  // Gets what a guest prints, on the thread of the call, in the middle of it. Null: nobody does.
  void (*line)(const void* context, const mortise_line_t*);
  const void* context;
} mortise_wasi_t;

// Whether there is such a function or resource. Its interface has a version, any 0.2.x.
bool mortise_wasi_has(mortise_name_t);

// ---- component.rs, again -----------------------------------------------------------------------

// Fixes the functions that instances will be called by, in order, and those that they may call.
// Once, before the first instance. A component need not import all of `hosts` and `resources`. What
// it imports of WASI and they do not have comes from the engine, unless `wasi` is null.
// Errors: MORTISE_ERROR_IMPORT, for one that nobody provides; MORTISE_ERROR_COMPONENT where an
// export is missing.
mortise_error_t* mortise_component_link(mortise_component_t*, const mortise_callee_t* callees,
                                        size_t callee_count, const mortise_host_t* hosts,
                                        size_t host_count, const mortise_resource_t* resources,
                                        size_t resource_count, mortise_drop_t,
                                        const mortise_wasi_t* wasi);

// The same code once more, to be linked as the first was, for instances that live for a call or so:
// their memory comes from a pool of the engine's, which is made with the first. `*out` is null
// where there is no such pool, or the component could never be in it. `keep`, of the first: the
// pool may keep memory that it has put back into its first state itself, where the system says what
// to put back.
mortise_error_t* mortise_component_pooled(const mortise_component_t*, bool keep,
                                          mortise_component_t** out);

// ---- instance.rs: a store with its one instance -----------------------------------------------

// What one call may use. 0 means no limit.
typedef struct {
  uint64_t deadline_ms;  // needs an engine that is at least limited
  uint64_t fuel;         // needs a metered engine
  // Asked on the thread of the call, every few milliseconds while the guest runs or waits: true
  // ends it. Null: nobody may. Needs an engine that is at least limited.
  bool (*stop)(const void* context);
  const void* stop_context;
  // The run before, which made the instance, had the same deadline and the same kind of `stop`, and
  // this one shares its time. Saves a look at the clock.
  bool resumes;
} mortise_budget_t;

// `memory` bounds all linear memories and tables of the instance together, in bytes; and, by
// themselves, its resource handles and what its core instances cost the host.
// `budget` covers what runs while instantiating, such as a start function.
// `host` is for host functions, which may run from here on.
// `*out` is null where the component's pool has no room for one with so much memory; nothing ran
// then.
mortise_error_t* mortise_instance_new(const mortise_component_t*, uint64_t memory, void* host,
                                      const mortise_budget_t* budget, mortise_instance_t** out);
void mortise_instance_delete(mortise_instance_t*);
// Linear memory and tables in use when the last call ended, in bytes.
uint64_t mortise_instance_memory(const mortise_instance_t*);
// Fuel that the last call has used, or making the instance; 0 where the engine is not metered.
uint64_t mortise_instance_fuel(const mortise_instance_t*);
// Lines that it has printed until then and that nobody got.
uint64_t mortise_instance_lines_dropped(const mortise_instance_t*);

// Calls function `index` of mortise_component_link; `context` is for its callbacks. The caller
// vouches that they lower and lift the type which mortise_component_reflect gave for it. `self` is
// a handle of this instance where the function has one, else null.
mortise_error_t* mortise_instance_call(mortise_instance_t*, uint32_t index, void* context,
                                       const mortise_budget_t*, const mortise_handle_t* self);

// Gives up a resource of the guest's: its destructor runs, as a call of its own; or, while a call
// is under way, at that call's end, and where the thread has too little stack, at the end of the
// next. Nothing happens where the instance has ended.
mortise_error_t* mortise_instance_drop(mortise_instance_t*, const mortise_handle_t*,
                                       const mortise_budget_t*);
// The same at the end of the call that is under way, or else of the next, and under its budget.
void mortise_instance_drop_later(mortise_instance_t*, const mortise_handle_t*);
// Whether a call is under way.
bool mortise_instance_busy(const mortise_instance_t*);
// Whether a call has ended it, and none is under way.
bool mortise_instance_ended(const mortise_instance_t*);

// The sizes of this header's structures in the order of their appearance, to hold against the
// caller's: a disagreement between the two languages is a bug that a test finds.
size_t mortise_layout(size_t* sizes, size_t count);

#ifdef __cplusplus
}
#endif

#endif
