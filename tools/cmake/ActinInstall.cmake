# What `cmake --install` puts where: the two libraries, the headers of the C
# interface, the commands, and how CMake and pkg-config find them.

include(CMakePackageConfigHelpers)

set(runtimePath "$ORIGIN" "${LLVM_LIBRARY_DIR}")
set_target_properties(actin-shared actin-compiler PROPERTIES
  INSTALL_RPATH "${runtimePath}")
set_target_properties(actin-compiler PROPERTIES EXPORT_NAME Embed)
target_include_directories(actin-compiler INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(actin actinc PROPERTIES
  INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

install(TARGETS actin-shared EXPORT ActinTargets
  LIBRARY COMPONENT Runtime NAMELINK_COMPONENT Development)
install(TARGETS actin-compiler EXPORT ActinEmbedTargets
  LIBRARY COMPONENT Compiler NAMELINK_COMPONENT Development)
install(TARGETS actin actinc RUNTIME COMPONENT Tools)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/actin-c TYPE INCLUDE
  COMPONENT Development)
# For compilers that use MLIR; all else of include/actin stays in the tree.
install(FILES ${PROJECT_SOURCE_DIR}/include/actin/KernelOptions.h
  ${PROJECT_SOURCE_DIR}/include/actin/Tensor.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/actin COMPONENT Development)
install(FILES ${PROJECT_SOURCE_DIR}/include/actin/Dialect/Act/Embed.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/actin/Dialect/Act
  COMPONENT Development)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Actin)
foreach(targets ActinTargets ActinEmbedTargets)
  install(EXPORT ${targets} NAMESPACE Actin:: DESTINATION ${package}
    COMPONENT Development)
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ActinConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/ActinConfig.cmake
  INSTALL_DESTINATION ${package} PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/package/ActinConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/ActinConfig.cmake
  ${PROJECT_BINARY_DIR}/package/ActinConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/ActinAddLibrary.cmake
  DESTINATION ${package} COMPONENT Development)

# Configured when installing, for then the prefix is known.
install(CODE "
  set(PROJECT_VERSION ${PROJECT_VERSION})
  set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
  set(CMAKE_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/actin.pc.in
    ${PROJECT_BINARY_DIR}/package/actin.pc @ONLY)"
  COMPONENT Development)
install(FILES ${PROJECT_BINARY_DIR}/package/actin.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT Development)
