# The libraries of others that the command and the tests use. When building for another system, find_package() would
# find the host's; but three of them are nothing but headers, which serve every system, and GoogleTest comes as source.

# A folder with links to some folders of the host's headers, and to nothing else of the host.
set(host_headers "${PROJECT_BINARY_DIR}/host-headers")

# vigil_link_host_headers(FOLDER): makes the host's <FOLDER/...> part of host-headers.
function(vigil_link_host_headers folder)
  find_path(vigil_${folder}_parent NAMES ${folder} PATHS /usr/include /usr/local/include
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  mark_as_advanced(vigil_${folder}_parent)
  file(MAKE_DIRECTORY "${host_headers}")
  file(CREATE_LINK "${vigil_${folder}_parent}/${folder}" "${host_headers}/${folder}" SYMBOLIC)
endfunction()

function(vigil_header_only target folder)
  vigil_link_host_headers(${folder})
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${host_headers}")
endfunction()

# nlohmann_json::nlohmann_json, which both the command and the tests use.
function(vigil_json_of_host)
  if(NOT TARGET nlohmann_json::nlohmann_json)
    vigil_header_only(nlohmann_json::nlohmann_json nlohmann)
  endif()
endfunction()

# vigil_ncurses: the archives, where there are any, so that every command loads as few libraries as before.
function(vigil_find_ncurses)
  find_path(vigil_ncurses_headers NAMES ncurses.h REQUIRED)
  find_library(vigil_ncursesw NAMES libncursesw.a ncursesw REQUIRED)
  find_library(vigil_tinfo NAMES libtinfo.a tinfo)  # part of the other one where it is missing
  mark_as_advanced(vigil_ncurses_headers vigil_ncursesw vigil_tinfo)
  add_library(vigil_ncurses INTERFACE IMPORTED GLOBAL)
  target_include_directories(vigil_ncurses SYSTEM INTERFACE "${vigil_ncurses_headers}")
  target_link_libraries(vigil_ncurses INTERFACE "${vigil_ncursesw}")
  if(vigil_tinfo)
    target_link_libraries(vigil_ncurses INTERFACE "${vigil_tinfo}")
  endif()
endfunction()

# CLI11::CLI11, fmt::fmt-header-only, nlohmann_json::nlohmann_json and vigil_toml; on Linux vigil_ncurses.
function(vigil_find_packages_of_command)
  if(NOT CMAKE_CROSSCOMPILING)
    find_package(CLI11 CONFIG REQUIRED GLOBAL)
    find_package(fmt CONFIG REQUIRED GLOBAL)
    find_package(nlohmann_json REQUIRED GLOBAL)
    find_package(tomlplusplus CONFIG REQUIRED)
    # Its headers alone: one library less that has to be installed where the command runs.
    vigil_header_only(vigil_toml toml++)
    vigil_find_ncurses()
    return()
  endif()
  vigil_header_only(CLI11::CLI11 CLI)
  vigil_header_only(fmt::fmt-header-only fmt)
  target_compile_definitions(fmt::fmt-header-only INTERFACE FMT_HEADER_ONLY=1)
  vigil_json_of_host()
  vigil_header_only(vigil_toml toml++)
endfunction()

# GTest::gtest, GTest::gmock, GTest::gtest_main and nlohmann_json::nlohmann_json.
function(vigil_find_packages_of_tests)
  if(NOT CMAKE_CROSSCOMPILING)
    find_package(GTest REQUIRED GLOBAL)
    find_package(nlohmann_json REQUIRED GLOBAL)
    return()
  endif()
  vigil_json_of_host()
  set(BUILD_SHARED_LIBS OFF)
  set(INSTALL_GTEST OFF CACHE INTERNAL "")
  add_subdirectory(/usr/src/googletest "${PROJECT_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL SYSTEM)
  foreach(library gtest gmock gtest_main)
    if(NOT TARGET GTest::${library})
      add_library(GTest::${library} ALIAS ${library})
    endif()
  endforeach()
endfunction()
