# Address and undefined-behaviour sanitizers: what is read, written, freed or leaked wrongly.
set(CMAKE_BUILD_TYPE asan CACHE STRING "" FORCE)
set(CHATD_WERROR ON CACHE BOOL "" FORCE)
