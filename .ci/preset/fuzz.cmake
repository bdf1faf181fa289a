# The libFuzzer targets, with clang, under the address and undefined-behaviour sanitizers.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE asan CACHE STRING "" FORCE)
set(CHATD_FUZZ ON CACHE BOOL "" FORCE)
set(CHATD_WERROR ON CACHE BOOL "" FORCE)
