# Manual pages and completions, each made of its template and of the tables. The tool that makes them
# can not run everywhere under the thread sanitizer, and nobody reads the manuals of such a build.
if(CMAKE_BUILD_TYPE STREQUAL tsan)
    return()
endif()
file(GLOB pages_sources CONFIGURE_DEPENDS packaging/pages/*.c)
add_executable(pages ${pages_sources} cli/catalog.c)
target_include_directories(pages PRIVATE cli)
target_link_libraries(pages PRIVATE chat_config chat_proto)
target_compile_definitions(pages PRIVATE CHATD_VERSION="${PROJECT_VERSION}")

# DIRECTORY/NAME.in becomes NAME in the build's share/, and RENAME where it is installed.
function(page directory name destination rename)
    set(result ${CMAKE_BINARY_DIR}/share/${name})
    add_custom_command(OUTPUT ${result}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/share
        COMMAND pages ${CMAKE_SOURCE_DIR}/packaging/${directory}/${name}.in ${result}
        DEPENDS pages packaging/${directory}/${name}.in VERBATIM)
    set_property(GLOBAL APPEND PROPERTY PAGES ${result})
    install(FILES ${result} DESTINATION ${destination} RENAME ${rename})
endfunction()

page(man chatctl.1 ${CMAKE_INSTALL_MANDIR}/man1 chatctl.1)
page(man chatd.yaml.5 ${CMAKE_INSTALL_MANDIR}/man5 chatd.yaml.5)
page(man chatd-protocol.7 ${CMAKE_INSTALL_MANDIR}/man7 chatd-protocol.7)
page(man chatd.8 ${CMAKE_INSTALL_MANDIR}/man8 chatd.8)
page(completion chatctl.bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions chatctl)
page(completion chatd.bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions chatd)
page(completion chatctl.zsh ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions _chatctl)
page(completion chatd.zsh ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions _chatd)
get_property(pages_made GLOBAL PROPERTY PAGES)
add_custom_target(documents ALL DEPENDS ${pages_made})
