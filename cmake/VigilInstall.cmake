# Installs the library, its headers, a CMake package, a pkg-config file and the command.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/vigil")

install(TARGETS vigil
  EXPORT vigilTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT vigilTargets NAMESPACE vigil:: DESTINATION "${package_dir}")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/vigilConfig.cmake.in" "${PROJECT_BINARY_DIR}/vigilConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/vigilConfigVersion.cmake" COMPATIBILITY SameMajorVersion)
install(FILES "${PROJECT_BINARY_DIR}/vigilConfig.cmake" "${PROJECT_BINARY_DIR}/vigilConfigVersion.cmake"
  DESTINATION "${package_dir}")

# The prefix is told from the place of the .pc file, so that an installed tree can be moved. An absolute install
# directory stays what it is: cmake_path(APPEND) replaces the prefix by it.
set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${pc_dir}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${pc_dir}"
    OUTPUT_VARIABLE prefix_from_pc)
  set(pc_prefix "\${pcfiledir}/${prefix_from_pc}")
endif()
set(pc_libdir "\${prefix}")
cmake_path(APPEND pc_libdir "${CMAKE_INSTALL_LIBDIR}")
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
if(BUILD_SHARED_LIBS)
  set(pc_cflags "")
  set(pc_libs_static "")
else()
  # A program need not be C++ to link the static library, so that its runtime is named.
  set(pc_cflags " -DVIGIL_STATIC")
  set(pc_libs_static " -lstdc++ -pthread")
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/vigil.pc.in" "${PROJECT_BINARY_DIR}/vigil.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/vigil.pc" DESTINATION "${pc_dir}")

if(TARGET vigil_cli)
  install(TARGETS vigil_cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  # Manual pages and completions, where they were made.
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/" DESTINATION "${CMAKE_INSTALL_DATADIR}" OPTIONAL)
endif()
