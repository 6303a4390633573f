# What every target of the project shares: include paths, warnings, the
# precompiled MLIR header, and one function a kind of target.

include(TableGen)
include(AddLLVM)
include(AddMLIR)

add_library(ActinOptions INTERFACE)
target_include_directories(ActinOptions INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib>)
target_include_directories(ActinOptions SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_options(ActinOptions INTERFACE -fno-rtti -Wall -Wextra
  -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # Without the time stamp ccache can share objects built on top of the
  # precompiled header.
  target_compile_options(ActinOptions INTERFACE -Xclang -fno-pch-timestamp)
endif()
if(ACTIN_SANITIZE)
  target_compile_options(ActinOptions INTERFACE -fsanitize=${ACTIN_SANITIZE}
    -fno-omit-frame-pointer)
  target_link_options(ActinOptions INTERFACE -fsanitize=${ACTIN_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # It reads in front of functions what kernels do not have there.
    target_compile_options(ActinOptions INTERFACE -fno-sanitize=function)
  endif()
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      ${CCACHE_PROGRAM})
endif()

# What all of lib/ uses of LLVM: containers, numbers, hashes, the processor's
# name. It comes from the shared libLLVM, or, where a target has called
# actin_use_static_llvm, from archives: such a target, if it links nothing of
# MLIR either, runs without libLLVM.
add_library(ActinLLVM INTERFACE)
target_link_libraries(ActinLLVM INTERFACE
  "$<IF:$<BOOL:$<TARGET_PROPERTY:ACTIN_STATIC_LLVM>>,\
$<TARGET_FILE:LLVMTargetParser>;$<TARGET_FILE:LLVMSupport>;\
$<TARGET_FILE:LLVMDemangle>,LLVM>")

# The symbols of the archives stay inside `target`; but for those of a
# sanitizer's runtime, which what a program loads must find.
function(actin_use_static_llvm target)
  set_target_properties(${target} PROPERTIES ACTIN_STATIC_LLVM ON)
  set(archives ALL)
  if(ACTIN_SANITIZE)
    set(archives libLLVMTargetParser.a:libLLVMSupport.a:libLLVMDemangle.a)
  endif()
  target_link_options(${target} PRIVATE LINKER:--exclude-libs,${archives}
    LINKER:--gc-sections)
endfunction()

# actin_add_component(ActinExpr SOURCES a.cpp b.cpp LINK ActinSupport [MLIR])
# A library of lib/. MLIR makes it see MLIR and share the precompiled header.
function(actin_add_component name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ActinOptions ${ARG_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC MLIR LLVM)
    actin_use_precompiled_header(${name})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# actin_add_executable(actin SOURCES main.cpp LINK ActinCompiler [MLIR])
function(actin_add_executable name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ActinOptions ${ARG_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PRIVATE MLIR LLVM)
    # As the precompiled header: -fPIC, where executables get -fPIE.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
    actin_use_precompiled_header(${name})
  endif()
endfunction()

# The MLIR headers cost 10 s a translation unit; precompiled once, 2 s.
function(actin_use_precompiled_header name)
  if(NOT TARGET ActinPrecompiled)
    file(WRITE ${PROJECT_BINARY_DIR}/ActinPrecompiled.cpp "")
    add_library(ActinPrecompiled OBJECT
      ${PROJECT_BINARY_DIR}/ActinPrecompiled.cpp)
    target_link_libraries(ActinPrecompiled PRIVATE ActinOptions)
    target_precompile_headers(ActinPrecompiled PRIVATE
      <mlir/Dialect/Arith/IR/Arith.h>
      <mlir/Dialect/Func/IR/FuncOps.h>
      <mlir/Dialect/LLVMIR/LLVMDialect.h>
      <mlir/Dialect/Math/IR/Math.h>
      <mlir/Dialect/Vector/IR/VectorOps.h>
      <mlir/IR/Builders.h>
      <mlir/IR/BuiltinOps.h>
      <mlir/IR/PatternMatch.h>
      <mlir/Pass/Pass.h>
      <mlir/Transforms/GreedyPatternRewriteDriver.h>)
  endif()
  target_precompile_headers(${name} REUSE_FROM ActinPrecompiled)
endfunction()
