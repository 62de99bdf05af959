// A program to look names up in. It is never run. The lines are numbered by hand, so that tests can
// know them.

#ifdef SAMPLE_REFERS_TO_ANOTHER_FILE
__asm__(".pushsection .gnu_debugaltlink, \"\", @progbits\n"
        ".asciz \"/dev/stdin\"\n"
        ".zero 20\n"
        ".popsection\n");
#endif

// Code without debug information and without a size.
__asm__(".text\n"
        ".globl assembler_label\n"
        "assembler_label:\n"
        ".zero 16\n"
        ".previous\n");

namespace tree {
struct Node {
    int value;
    [[gnu::noinline]] int depth(int limit) const;
};
} // namespace tree

extern "C" [[gnu::noinline]] int descend(int depth);

// Braces follow their functions on the line, so that compilers agree on the line of the entry.
// clang-format off
#line 100 "parser.c"
extern "C" int descend(int depth) {
    volatile char frame[64];
    frame[0] = static_cast<char>(depth);
    return depth > 0 ? descend(depth - 1) + frame[0] : frame[0];
}
#line 200 "include/tree.hpp"
int tree::Node::depth(int limit) const {
    return limit > value ? descend(limit) : value;
}
#line 300 "start.c"
extern "C" void start() {
    const tree::Node node{3};
    (void)node.depth(4);
    for (;;) {
    }
}
// clang-format on
