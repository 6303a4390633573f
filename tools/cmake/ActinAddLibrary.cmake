# ActinAddLibrary.cmake - activations compiled ahead of time, in a library.
#
#   actin_add_library(name
#     SOURCES gelu.act my.act:swish    # files; all their activations, or one
#     [ACTIVATIONS gelu mish]          # of the standard library
#     [HEADER activations.h]           # default: name.h
#     [TARGETS x86-64-v2 x86-64-v3]    # as `actinc --print-targets` shows them
#     [PASSES forward backward fused]  # default: forward
#     [DTYPE f32]                      # or f64, f16, bf16
#     [PREFIX text] [OPTIONS flag ...])
#
# A static library of C functions, which needs nothing else at run time; its
# users can #include the header. Several TARGETS make code for each, and the
# right one is chosen when a function is called. Without TARGETS it is made for
# every CPU of the system that CMake compiles for: when cross-compiling too, for
# actinc always runs on the machine that compiles. Actin_ACTINC says where it
# is.

find_program(Actin_ACTINC actinc
  HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
  NO_CMAKE_FIND_ROOT_PATH
  DOC "Actin's ahead-of-time compiler")

# What CMake compiles for, as actinc names it.
function(_actin_default_targets result)
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
  if(processor MATCHES "^(aarch64|arm64)$")
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
      set(targets aarch64-linux-gnu:neon aarch64-linux-gnu:sve)
    elseif(APPLE)
      set(targets arm64-apple-macos)
    else()
      set(targets aarch64-none-elf)
    endif()
  elseif(processor MATCHES "^(x86_64|amd64)$" AND NOT WIN32)
    set(system linux-gnu)
    if(APPLE)
      set(system apple-macos)
    endif()
    set(targets x86_64-${system}:x86-64-v2 x86_64-${system}:x86-64-v3
      x86_64-${system}:x86-64-v4)
  else()
    message(FATAL_ERROR "actin_add_library: no default for "
      "'${CMAKE_SYSTEM_PROCESSOR}' under '${CMAKE_SYSTEM_NAME}': give TARGETS")
  endif()
  set(${result} ${targets} PARENT_SCOPE)
endfunction()

function(actin_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "HEADER;DTYPE;PREFIX"
    "SOURCES;ACTIVATIONS;TARGETS;PASSES;OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "actin_add_library: unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_SOURCES AND NOT ARG_ACTIVATIONS)
    message(FATAL_ERROR "actin_add_library: give SOURCES or ACTIVATIONS")
  endif()
  if(NOT Actin_ACTINC)
    message(FATAL_ERROR
      "actin_add_library: actinc was not found; set Actin_ACTINC")
  endif()
  if(NOT ARG_HEADER)
    set(ARG_HEADER ${name}.h)
  endif()
  if(NOT ARG_TARGETS)
    _actin_default_targets(ARG_TARGETS)
  endif()
  if(NOT ARG_PASSES)
    set(ARG_PASSES forward)
  endif()
  list(JOIN ARG_TARGETS "," targets)
  list(JOIN ARG_PASSES "," passes)
  set(flags --target=${targets} --pass=${passes} ${ARG_OPTIONS})
  if(ARG_DTYPE)
    list(APPEND flags --dtype=${ARG_DTYPE})
  endif()
  if(ARG_PREFIX)
    list(APPEND flags --prefix=${ARG_PREFIX})
  endif()

  set(formulas ${ARG_ACTIVATIONS})
  set(files)
  foreach(source ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND formulas ${source})
    string(REGEX REPLACE "[.]act:[A-Za-z_0-9]+$" ".act" file "${source}")
    list(APPEND files ${file})
  endforeach()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.actin)
  set(object ${folder}/${name}${CMAKE_C_OUTPUT_EXTENSION})
  set(header ${folder}/${ARG_HEADER})
  cmake_path(GET header PARENT_PATH headerFolder)
  file(MAKE_DIRECTORY ${folder} ${headerFolder})
  add_custom_command(
    OUTPUT ${object} ${header}
    COMMAND ${Actin_ACTINC} ${formulas} ${flags} -o ${object} -h ${header}
    DEPENDS ${files} ${Actin_ACTINC}
    COMMENT "Compiling the activations of ${name}"
    VERBATIM)
  set_source_files_properties(${object} PROPERTIES
    EXTERNAL_OBJECT TRUE GENERATED TRUE)
  add_library(${name} STATIC ${object} ${header})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(${name} INTERFACE ${folder})
endfunction()
