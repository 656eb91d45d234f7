# How every target of this project is made. Warnings and sanitizers are private: who uses the library is not bound
# by our taste.

# The directory programs are put in, the same in every build.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

# Applies warnings, sanitizers and the language version to a target of ours.
function(vigil_settings target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wcast-align -Wcast-qual
    -Wimplicit-fallthrough -Wformat=2
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wsuggest-override>
    # Clang counts changes of sign among conversions, GCC does not.
    -Wno-sign-conversion
    # GCC 12 warns of overlap in "text" + std::string, where there is none (GCC bug 105651).
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
    $<$<BOOL:${VIGIL_WERROR}>:-Werror>)
  # Tests draw sizes from random numbers of 64 bits.
  if(CMAKE_SIZEOF_VOID_P EQUAL 4 AND CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests(/|$)")
    target_compile_options(${target} PRIVATE -Wno-conversion)
  endif()
  if(VIGIL_SANITIZE)
    vigil_sanitize(${target} ${VIGIL_SANITIZE})
  endif()
endfunction()

# Not the check of virtual tables: it asks for the memory through a pipe, and takes every object for a wrong one where
# descriptors have run out, as they do in tests.
function(vigil_sanitize target)
  list(JOIN ARGN "," sanitizers)
  target_compile_options(${target} PRIVATE
    -fsanitize=${sanitizers} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(${target} PRIVATE -fsanitize=${sanitizers})
endfunction()
