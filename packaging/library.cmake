# The module for hosts outside this tree: one header, libchatd.so and libchatd.a, a pkg-config file.
# Both libraries are the rooms' own objects and show the functions of chatd.h alone.
get_property(rooms GLOBAL PROPERTY MODULE_ROOMS)
get_property(needs GLOBAL PROPERTY MODULE_NEEDS)
list(REMOVE_DUPLICATES needs)
list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

# The soname's number grows when a host that was linked before would no longer work.
add_library(chatd_shared SHARED ${objects})
set_target_properties(chatd_shared PROPERTIES OUTPUT_NAME chatd VERSION 0.${PROJECT_VERSION} SOVERSION 0)
target_link_libraries(chatd_shared PRIVATE ${needs})
target_link_options(chatd_shared PRIVATE -Wl,--no-undefined,--as-needed)

# One object, so that what is hidden can become local: no name of ours stands in a host's way.
set(archive ${CMAKE_BINARY_DIR}/libchatd.a)
add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_LINKER} -r -o chatd.o ${objects}
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden chatd.o
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
    COMMAND ${CMAKE_AR} rcsD ${archive} chatd.o
    DEPENDS ${rooms} COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(chatd_archive ALL DEPENDS ${archive})

# What a host needs itself (h2o, uv) is named by chatd.h; the rest is for a static link of this library
# alone, as not all of these have one of their own.
set(PC_LIBS_PRIVATE -pthread)
foreach(need ${needs})
    string(REGEX REPLACE "^PkgConfig::" "" package ${need})
    if(package MATCHES "^(H2O|UV)$" OR package MATCHES "::")
        continue()
    elseif(package STREQUAL need)
        list(APPEND PC_LIBS_PRIVATE -l${need})
    else()
        list(TRANSFORM ${package}_LIBRARIES PREPEND -l OUTPUT_VARIABLE libraries)
        list(APPEND PC_LIBS_PRIVATE ${libraries})
    endif()
endforeach()
list(JOIN PC_LIBS_PRIVATE " " PC_LIBS_PRIVATE)
configure_file(packaging/chatd.pc.in ${CMAKE_BINARY_DIR}/chatd.pc @ONLY)

install(TARGETS chatd_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES module/include/chatd.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/chatd.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
