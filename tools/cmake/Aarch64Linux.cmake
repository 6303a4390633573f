# Toolchain file: for 64-bit Arm Linux on another machine, with Debian's
# packages of that architecture unpacked into ACTIN_SYSROOT; what is built runs
# under QEMU. ACTIN_QEMU_CPU is the processor that tests see.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(ACTIN_SYSROOT ${CMAKE_BINARY_DIR}/sysroot CACHE PATH
    "A Debian system of the target's architecture")
set(ACTIN_QEMU_CPU max,sve256=on CACHE STRING "QEMU's -cpu")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ACTIN_SYSROOT ACTIN_QEMU_CPU)

foreach(language C CXX)
  set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_SYSROOT ${ACTIN_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR
    qemu-aarch64;-cpu;${ACTIN_QEMU_CPU};-L;${ACTIN_SYSROOT})

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
