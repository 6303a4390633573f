/*===- actin.h - The C interface of Actin ------------------------*- C -*-===*\
|*                                                                            *|
|* The one stable boundary of the library: text to activations, activations   *|
|* to kernels, kernels run on the tensors of the host. C89, usable from C++;  *|
|* actin.hpp has the same for C++ with destructors.                           *|
|*                                                                            *|
|*   actin_module *module;                                                    *|
|*   actin_activation *silu;                                                  *|
|*   actin_compiler *compiler;                                                *|
|*   actin_kernel *kernel;                                                    *|
|*   actin_status *status = actin_module_parse(text, strlen(text), &module);  *|
|*   ...                                                                      *|
|*   actin_module_find(module, "silu", &silu);                                *|
|*   actin_compiler_create(&compiler);                                        *|
|*   actin_compile(compiler, silu, NULL, &kernel);                            *|
|*   actin_kernel_run(kernel, &call);                                         *|
|*                                                                            *|
|* Ownership. What `create`, `parse`, `find` and the like store through their *|
|* last argument belongs to the caller, who gives it back with the `destroy`  *|
|* or `release` of its type; both take NULL. A `const char *` that is         *|
|* returned lives as long as the object that it was asked of. Objects do not  *|
|* need each other to live on: a kernel outlives its compiler, an activation  *|
|* its module.                                                                *|
|*                                                                            *|
|* Failure. Functions that can fail return a status: NULL is success, else an *|
|* object that says why, for the caller to destroy. What would have been      *|
|* stored is then NULL. No function throws, aborts, or prints (except for     *|
|* what the user asks for with ACTIN_VERBOSE). A NULL handle or a NULL        *|
|* argument is answered with ACTIN_INVALID_ARGUMENT unless NULL is said to    *|
|* mean something; the getters answer it with 0 or NULL.                      *|
|*                                                                            *|
|* Threads. Every function may be called from any thread at any time; all     *|
|* objects but a status, a buffer and a prepared call may be shared. Only     *|
|* giving an object back must come after its last use.                        *|
|*                                                                            *|
|* Growth. Structs begin with their size, which the *_INIT macros set: a host *|
|* built against an older header goes on working with a newer library.        *|
|* `actin_tensor` and `actin_kernel_call` never change. Enumerations are of   *|
|* type int32_t and grow at their end; an unknown value is an error. "Since   *|
|* 0.1" names the first version that has a function.                          *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ACTIN_C_ACTIN_H
#define ACTIN_C_ACTIN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ACTIN_API __attribute__((visibility("default")))
#else
#define ACTIN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* major << 16 | minor, of this header. */
#define ACTIN_API_VERSION ((uint32_t)(0u << 16 | 1u))

/* The same of the library. A host runs with every library of its own major
 * version and its own minor version or a later one. Since 0.1. */
ACTIN_API uint32_t actin_get_api_version(void);
/* "0.1.0+5f2c...": the version and a digest of the sources. Since 0.1. */
ACTIN_API const char *actin_get_build_version(void);

/*===----------------------------------------------------------------------===
 * Status
 *===----------------------------------------------------------------------===*/

typedef int32_t actin_status_code;
enum {
  ACTIN_OK = 0,
  /* A NULL, an unknown name or enumerator, tensors that do not fit. */
  ACTIN_INVALID_ARGUMENT = 1,
  /* The formula is wrong; the diagnostics say where. */
  ACTIN_INVALID_SOURCE = 2,
  /* The kernel cannot be made: an unknown target, one that this machine cannot
   * run, or no compiler library. */
  ACTIN_COMPILE_FAILED = 3,
  ACTIN_OUT_OF_MEMORY = 4,
  /* A fault of Actin itself. */
  ACTIN_INTERNAL = 5
};

typedef int32_t actin_severity;
enum { ACTIN_ERROR = 0, ACTIN_WARNING = 1, ACTIN_NOTE = 2 };

typedef struct actin_status actin_status;

/* One message about one place. `line` and `column` count from 1, the column in
 * bytes; line 0: no place known. A note belongs to the error before it. */
typedef struct actin_diagnostic {
  size_t struct_size; /* What this library knows; read no further. */
  actin_severity severity;
  uint32_t line;
  uint32_t column;
  const char *file; /* "" where the source has no name. */
  const char *message;
} actin_diagnostic;

/* Gets each diagnostic in turn; it lives during the call only. */
typedef void (*actin_diagnostic_callback)(void *context,
                                          const actin_diagnostic *diagnostic);

/* ACTIN_OK for NULL. Since 0.1. */
ACTIN_API actin_status_code actin_status_get_code(const actin_status *status);
/* All diagnostics as text for people, as a compiler prints them: place,
 * message, source line, caret, notes. "" for NULL. Since 0.1. */
ACTIN_API const char *actin_status_get_message(const actin_status *status);
/* Calls `callback` with every diagnostic, before it returns. Since 0.1. */
ACTIN_API void actin_status_visit(const actin_status *status,
                                  actin_diagnostic_callback callback,
                                  void *context);
/* Since 0.1. */
ACTIN_API void actin_status_destroy(actin_status *status);

/*===----------------------------------------------------------------------===
 * Bytes that Actin has made
 *===----------------------------------------------------------------------===*/

typedef struct actin_buffer actin_buffer;

/* The bytes; a zero that does not count follows them. Since 0.1. */
ACTIN_API const char *actin_buffer_get_data(const actin_buffer *buffer);
ACTIN_API size_t actin_buffer_get_size(const actin_buffer *buffer);
ACTIN_API void actin_buffer_destroy(actin_buffer *buffer);

/*===----------------------------------------------------------------------===
 * Formulas
 *===----------------------------------------------------------------------===*/

typedef struct actin_module actin_module;
typedef struct actin_activation actin_activation;

/* Text in the Actin language (UTF-8, `length` bytes, at most 1 MiB; not kept)
 * to a module. `file` names the text in diagnostics; NULL for none.
 * ACTIN_INVALID_SOURCE has every error that was found. Since 0.1. */
ACTIN_API actin_status *actin_module_parse(const char *text, size_t length,
                                           const char *file,
                                           actin_module **module);
/* The activations that ship with Actin. Since 0.1. */
ACTIN_API actin_status *actin_module_get_library(actin_module **module);
ACTIN_API size_t actin_module_get_num_activations(const actin_module *module);
/* The activation number `index` in the order of the text. Since 0.1. */
ACTIN_API actin_status *
actin_module_get_activation(const actin_module *module, size_t index,
                            actin_activation **activation);
/* The activation of that name. Since 0.1. */
ACTIN_API actin_status *actin_module_find(const actin_module *module,
                                          const char *name,
                                          actin_activation **activation);
ACTIN_API void actin_module_destroy(actin_module *module);

/* Activations are immutable and counted. Since 0.1. */
ACTIN_API void actin_activation_retain(actin_activation *activation);
ACTIN_API void actin_activation_release(actin_activation *activation);

/* Introspection, in declaration order; NULL for an index out of range.
 * Since 0.1. */
ACTIN_API const char *
actin_activation_get_name(const actin_activation *activation);
ACTIN_API size_t
actin_activation_get_num_inputs(const actin_activation *activation);
ACTIN_API const char *
actin_activation_get_input_name(const actin_activation *activation,
                                size_t index);
ACTIN_API size_t
actin_activation_get_num_parameters(const actin_activation *activation);

typedef struct actin_parameter {
  size_t struct_size;
  const char *name;
  int per_channel; /* One value a channel may be given. */
  int has_default;
  double default_value; /* 0 without a default. */
} actin_parameter;

#define ACTIN_PARAMETER_INIT {sizeof(actin_parameter), NULL, 0, 0, 0.0}

/* Fills in what both sides know of `parameter`. Since 0.1. */
ACTIN_API actin_status *
actin_activation_get_parameter(const actin_activation *activation, size_t index,
                               actin_parameter *parameter);
/* The formula as text, which parses to the same again. Since 0.1. */
ACTIN_API actin_status *
actin_activation_print(const actin_activation *activation, actin_buffer **text);

/*===----------------------------------------------------------------------===
 * Compiling
 *===----------------------------------------------------------------------===*/

typedef struct actin_compiler actin_compiler;
typedef struct actin_kernel actin_kernel;

typedef int32_t actin_dtype;
enum {
  ACTIN_F32 = 0,
  ACTIN_F64 = 1,
  ACTIN_F16 = 2, /* Computed in f32, rounded once. */
  ACTIN_BF16 = 3 /* Likewise. */
};

typedef int32_t actin_pass;
enum {
  ACTIN_PASS_FORWARD = 0,  /* The value. */
  ACTIN_PASS_BACKWARD = 1, /* The gradients of every input and parameter. */
  ACTIN_PASS_FUSED = 2,    /* Both in one walk over memory. */
  ACTIN_PASS_CUSTOM = 3    /* What the fields below it say. */
};

typedef int32_t actin_math;
enum { ACTIN_MATH_ACCURATE = 0, ACTIN_MATH_FAST = 1 };

typedef int32_t actin_stabilize;
enum {
  ACTIN_STABILIZE_AUTO = 0,
  ACTIN_STABILIZE_OFF = 1 /* The formula as it is written. */
};

/* All zero but the size: an f32 forward kernel for this machine. */
typedef struct actin_compile_options {
  size_t struct_size;
  actin_pass pass;
  actin_dtype dtype;
  actin_math math;
  actin_stabilize stabilize;
  /* "native" (also NULL), "x86-64-v2|v3|v4", or the name of a CPU. */
  const char *target;
  /* For ACTIN_PASS_CUSTOM: whether the value is computed; names of inputs and
   * parameters whose gradient, and names of inputs whose second derivative is
   * computed. */
  int forward;
  const char *const *gradients;
  size_t num_gradients;
  const char *const *seconds;
  size_t num_seconds;
} actin_compile_options;

#define ACTIN_COMPILE_OPTIONS_INIT                                             \
  {sizeof(actin_compile_options),                                              \
   ACTIN_PASS_FORWARD,                                                         \
   ACTIN_F32,                                                                  \
   ACTIN_MATH_ACCURATE,                                                        \
   ACTIN_STABILIZE_AUTO,                                                       \
   NULL,                                                                       \
   0,                                                                          \
   NULL,                                                                       \
   0,                                                                          \
   NULL,                                                                       \
   0}

/* A compiler has a cache in memory, and the one on disk that the environment
 * names (ACTIN_CACHE_DIR; ACTIN_CACHE=off for none). Cheap; it starts no
 * thread. Since 0.1. */
ACTIN_API actin_status *actin_compiler_create(actin_compiler **compiler);
ACTIN_API void actin_compiler_destroy(actin_compiler *compiler);

/* The kernel, from a cache or compiled (milliseconds). NULL options are
 * ACTIN_COMPILE_OPTIONS_INIT. Since 0.1. */
ACTIN_API actin_status *actin_compile(actin_compiler *compiler,
                                      const actin_activation *activation,
                                      const actin_compile_options *options,
                                      actin_kernel **kernel);

typedef int32_t actin_emit_kind;
enum {
  ACTIN_EMIT_MLIR = 0,
  ACTIN_EMIT_LLVM = 1,
  ACTIN_EMIT_ASSEMBLY = 2,
  ACTIN_EMIT_OBJECT = 3,
  ACTIN_EMIT_PTX = 4,
  /* For other compilers, as text or bitcode: two functions without a loop, to
   * be inlined. `symbol` works on one native vector of each operand,
   * `symbol`_scalar on one element. Arguments: inputs, parameters (scalars of
   * the compute type), dout where the kernel has gradients. Result: the value,
   * the gradients (a parameter's: the contribution of each element), the second
   * derivatives; a struct of them where there are several. */
  ACTIN_EMIT_INLINE_LLVM = 5,
  ACTIN_EMIT_INLINE_BITCODE = 6
};

/* The kernel in one stage's form, as a function named `symbol` (NULL:
 * "actin_kernel"). The target need not be this machine's. Since 0.1. */
ACTIN_API actin_status *actin_emit(actin_compiler *compiler,
                                   const actin_activation *activation,
                                   const actin_compile_options *options,
                                   actin_emit_kind kind, const char *symbol,
                                   actin_buffer **result);

/* d(activation)/d(name), derived `order` times (1 to 16) and simplified, as an
 * activation with the same arguments; print it to read it. Since 0.1. */
ACTIN_API actin_status *actin_differentiate(actin_compiler *compiler,
                                            const actin_activation *activation,
                                            const char *name, int order,
                                            actin_activation **derivative);

typedef struct actin_cache_statistics {
  size_t struct_size;
  uint64_t hits;      /* In memory. */
  uint64_t misses;    /* Not in memory: loaded, or compiled. */
  uint64_t disk_hits; /* Of the misses, those that were loaded. */
  uint64_t entries;   /* Kernels alive now. */
} actin_cache_statistics;

#define ACTIN_CACHE_STATISTICS_INIT {sizeof(actin_cache_statistics), 0, 0, 0, 0}

/* Since 0.1. */
ACTIN_API actin_status *
actin_compiler_get_statistics(const actin_compiler *compiler,
                              actin_cache_statistics *statistics);

/*===----------------------------------------------------------------------===
 * Running
 *===----------------------------------------------------------------------===*/

/* Memory of the host: row-major and contiguous, of any rank, of any alignment
 * that suits the elements. `data` may be NULL where a dimension is 0. */
typedef struct actin_tensor {
  void *data;
  const int64_t *shape; /* `rank` extents; may be NULL for rank 0. */
  /* `rank` distances in elements, or NULL: contiguous. Strides that are not
   * those of a contiguous tensor are an error; nothing is copied. */
  const int64_t *strides;
  int32_t rank;
  actin_dtype dtype;
} actin_tensor;

/* A parallel loop of the host: calls `body(body_context, begin, end)` for
 * ranges that together are [0, count), each number once, on any threads, and
 * returns when all calls have returned. */
typedef void (*actin_parallel_body)(void *body_context, int64_t begin,
                                    int64_t end);
typedef void (*actin_parallel_for)(void *context, int64_t count,
                                   actin_parallel_body body,
                                   void *body_context);

/* The operands of one call. All tensors have one shape and the kernel's type.
 * An output may be the very memory of an input (in place); any other overlap
 * is an error. The result has the same bits for every number of threads. */
typedef struct actin_call {
  size_t struct_size;
  /* In declaration order. */
  const actin_tensor *inputs;
  size_t num_inputs;
  /* In declaration order; rank 0 or 1, one value or (channel parameters) one a
   * channel, f64 for an f64 kernel, else f32. Those that are left out at the
   * end, or have NULL data, take their defaults. */
  const actin_tensor *parameters;
  size_t num_parameters;
  const actin_tensor *dout; /* NULL where the kernel has no gradients. */
  const actin_tensor *out;  /* NULL where it has no value. */
  /* In the order of the options (backward and fused: inputs, then parameters).
   * A parameter's has one element, or one a channel, and is the sum over all
   * elements; its type is that of parameters. */
  const actin_tensor *gradients;
  size_t num_gradients;
  const actin_tensor *seconds;
  size_t num_seconds;
  int64_t channel_axis; /* That [channel] means; negative from the end. */
  /* 1: the calling thread. 0: as many as ACTIN_NUM_THREADS says, else as many
   * as the process may run on. Not used with a parallel_for. */
  int num_threads;
  actin_parallel_for parallel_for; /* NULL: Actin's own threads. */
  void *parallel_for_context;
} actin_call;

#define ACTIN_CALL_INIT                                                        \
  {sizeof(actin_call),                                                         \
   NULL,                                                                       \
   0,                                                                          \
   NULL,                                                                       \
   0,                                                                          \
   NULL,                                                                       \
   NULL,                                                                       \
   NULL,                                                                       \
   0,                                                                          \
   NULL,                                                                       \
   0,                                                                          \
   1,                                                                          \
   1,                                                                          \
   NULL,                                                                       \
   NULL}

/* Kernels are immutable and counted; the code goes with its last owner.
 * Since 0.1. */
ACTIN_API void actin_kernel_retain(actin_kernel *kernel);
ACTIN_API void actin_kernel_release(actin_kernel *kernel);

/* ACTIN_INVALID_ARGUMENT: a missing or surplus operand, shapes or types that
 * differ, a tensor that is not contiguous, a parameter of the wrong length, a
 * bad channel axis, outputs that overlap, a parallel_for that left work undone.
 * Since 0.1. */
ACTIN_API actin_status *actin_kernel_run(const actin_kernel *kernel,
                                         const actin_call *call);

typedef struct actin_prepared_call actin_prepared_call;

/* One call, checked once, to be made any number of times: a run costs a few
 * nanoseconds beside the code itself. It keeps the kernel alive; the tensors
 * must be there whenever it runs, and parameters may be read as early as it is
 * prepared. It runs on the calling thread: `num_threads` and `parallel_for` are
 * not used. For one thread at a time. Errors as actin_kernel_run. Since 0.1. */
ACTIN_API actin_status *actin_kernel_prepare(const actin_kernel *kernel,
                                             const actin_call *call,
                                             actin_prepared_call **prepared);
/* Nothing for NULL. Since 0.1. */
ACTIN_API void actin_prepared_call_run(actin_prepared_call *prepared);
ACTIN_API void actin_prepared_call_destroy(actin_prepared_call *prepared);

/* The names of what `gradients` and `seconds` of a call must hold; NULL for an
 * index out of range. Since 0.1. */
ACTIN_API int actin_kernel_has_value(const actin_kernel *kernel);
ACTIN_API size_t actin_kernel_get_num_gradients(const actin_kernel *kernel);
ACTIN_API const char *actin_kernel_get_gradient_name(const actin_kernel *kernel,
                                                     size_t index);
ACTIN_API size_t actin_kernel_get_num_seconds(const actin_kernel *kernel);
ACTIN_API const char *actin_kernel_get_second_name(const actin_kernel *kernel,
                                                   size_t index);
/* Bytes of machine code and constants. Since 0.1. */
ACTIN_API size_t actin_kernel_get_code_size(const actin_kernel *kernel);

/* How the bare function walks its tensors, all seen as [outer, channel, inner].
 */
typedef int32_t actin_space;
enum {
  ACTIN_SPACE_FLAT = 0, /* No parameter has a value a channel: inner alone. */
  ACTIN_SPACE_ROWS = 1, /* One value a channel, for rows of `inner`. */
  ACTIN_SPACE_LANES = 2 /* inner is 1. */
};

/* What the compiled function is called with. A tile is a block of each of the
 * three dimensions; tiles are numbered in memory order, inner ones fastest. */
typedef struct actin_kernel_call {
  const void *const *inputs;     /* Tensors in order, then dout if used. */
  const void *const *parameters; /* Each one value, or one a channel. */
  void *const *outputs;          /* Value, gradients of inputs, seconds. */
  double *partials;              /* [outer block][inner block][sum][channel]. */
  int64_t outer, channels, inner;
  int64_t outer_block, channel_block, inner_block; /* Elements; >= 1. */
  int64_t channel_tiles, inner_tiles;              /* Blocks; >= 1. */
} actin_kernel_call;

/* Runs the tiles [tile_begin, tile_end); checks nothing. */
typedef void (*actin_kernel_function)(const actin_kernel_call *call,
                                      int64_t tile_begin, int64_t tile_end);

/* The machine code itself, for hosts that do their own checking and their own
 * sums of partials. Valid as long as the kernel. Since 0.1. */
ACTIN_API actin_status *
actin_kernel_get_function(const actin_kernel *kernel, actin_space space,
                          actin_kernel_function *function);

/*===----------------------------------------------------------------------===
 * Log
 *===----------------------------------------------------------------------===*/

typedef int32_t actin_log_level;
enum {
  ACTIN_LOG_INFO = 0,   /* Happens in normal use. */
  ACTIN_LOG_WARNING = 1 /* Works, but not as its owner will have meant it. */
};

/* Gets one message at a time (a sentence without a newline), on the thread that
 * it concerns. It must not call back into Actin. `topic` is "profile",
 * "dispatch", "cache" or "dump". */
typedef void (*actin_log_callback)(void *context, actin_log_level level,
                                   const char *topic, const char *message);

/* One a process; NULL ends the messages. Since 0.1. */
ACTIN_API void actin_set_log_callback(actin_log_callback callback,
                                      void *context);

#ifdef __cplusplus
}
#endif

#endif /* ACTIN_C_ACTIN_H */
