/* Promises G1, G2 and G6: the life of a slot of the stack area.
 *
 * Two vCPUs carry a thread each, of one domain. Both allocate stacks, run on them, make calls from
 * there, and free what the other or they themselves allocated; there are two slots. Stands for:
 *
 *   supervisor/src/stack_calls.cpp   stack_alloc, stack_activate, stack_free
 *   supervisor/src/stack_area.cpp    claim, publish, give_back, activate, deactivate
 *   supervisor/src/transaction.cpp   open, advance: a plan's effects are performed without the lock
 *   supervisor/src/gates.cpp         decide_call: which domains may have roots for parts of a stack
 *   vmm/machine/guest_space.cpp      Commit, CloseRoot, Release, root()
 *   vmm/machine/serve_call.cpp       move_to_active_stack
 *   vmm/machine/serve_gate.cpp       enter_callee, drop_windows, forget_prepared, prepare_to_dispatch
 *   guest/shim/arch/x86_64/shim.S    cross_call: goes to the root that was prepared
 *
 * The monitor's lock makes each of the supervisor's steps one; effects happen one by one between them.
 * A root is named by a number that is never used twice: a root that was given up may be anybody's.
 *
 * Broken variants:
 *
 *   BROKEN_CLAIM     the slot is searched in one step and marked in another, after its memory is there
 *   BROKEN_GIVE_BACK the slot is free again before it has been unmapped
 *   BROKEN_ORDER     the memory is taken back before the roots are closed
 *   BROKEN_ACTIVATE  whether a stack is in use is asked in one step, and it is taken in another
 *   BROKEN_FREE      a stack that a thread is on can be freed
 *   BROKEN_WINDOWS   a thread that leaves a stack keeps what was prepared for calls on it
 *   BROKEN_VISITORS  a stack forgets that another domain was called on it
 */

#define SLOTS 2
#define NONE 255
#define LIVES 6                 /* roots that are made, altogether */

mtype = { unused, claimed, live, freeing };

/* ---- supervisor, guarded by the monitor's lock */
typedef Stack {
    mtype state = unused;
    bool has_thread;
    bool has_visitor;           /* another domain may have a root for part of it */
};
Stack stack[SLOTS];

/* ---- machine */
bool is_mapped[SLOTS];          /* stage 2 */
byte root[SLOTS];               /* of the stack's own domain; 0: none */
byte window[SLOTS];             /* of the callee, for part of it */
byte roots;                     /* made so far */

/* ---- vCPUs */
byte runs_on[2] = NONE;         /* slot; NONE: the thread's first stack, which is of no interest */
byte prepared_from[2];          /* roots, in the vCPU's block; 0: nothing is prepared */
byte prepared_to[2];
byte known_window[2];           /* CallState::windows: for the slot below */
byte known_slot[2] = NONE;

/* ---- for the properties */
byte holders[SLOTS];            /* who believe that the slot is theirs, allocating or freeing */
bool g1_a_slot_is_taken_by_one = true;
bool g2_nothing_is_free_while_it_can_be_reached = true;
bool g2_roots_go_before_memory = true;
bool g2_calls_lead_to_roots_that_are_there = true;
bool g6_a_stack_is_active_on_one_vcpu = true;

/* G6_ALONE: whatever breaks it breaks others too, and those would be found first. */
#if defined(G6_ALONE)
#define HOLDS(property) skip
#else
#define HOLDS(property) assert(property)
#endif

#define IS_FREE(s) (stack[s].state == unused)

inline commit(s)
{
    d_step {
        if
        :: holders[s] != 1 || is_mapped[s] ->
            g1_a_slot_is_taken_by_one = false;
            HOLDS(g1_a_slot_is_taken_by_one)
        :: else
        fi;
        is_mapped[s] = true
    }
}

inline release(s)
{
    d_step {
        if
        :: root[s] != 0 || window[s] != 0 ->
            g2_roots_go_before_memory = false;
            HOLDS(g2_roots_go_before_memory)
        :: else
        fi;
        is_mapped[s] = false
    }
}

/* CloseRoot, for the stack's own domain and for those that were called on it. */
inline close_roots(s)
{
    d_step { root[s] = 0; skip };
    d_step {
        if
        :: stack[s].has_visitor -> window[s] = 0
        :: else
        fi
    }
}

inline allocate()
{
    d_step {
        s = (IS_FREE(0) -> 0 : (IS_FREE(1) -> 1 : NONE));
        if
        :: s != NONE ->
            holders[s]++;
#if !defined(BROKEN_CLAIM)
            stack[s].state = claimed
#endif
        :: else
        fi;
        skip
    };
    if
    :: s != NONE ->
        commit(s);
        d_step { stack[s].state = live; holders[s]--; skip }
    :: else
    fi
}

inline free_one()
{
    d_step {
        if
#if defined(BROKEN_FREE)
        :: stack[s].state == live -> stack[s].state = freeing; holders[s]++
#else
        :: stack[s].state == live && !stack[s].has_thread ->
            stack[s].state = freeing;
            holders[s]++
#endif
        :: else -> s = NONE
        fi;
        skip
    };
    if
    :: s != NONE ->
#if defined(BROKEN_GIVE_BACK)
        d_step { stack[s].state = unused; holders[s]--; skip };
        close_roots(s);
        release(s);
        d_step { stack[s].has_visitor = false; skip }
#elif defined(BROKEN_ORDER)
        release(s);
        close_roots(s);
        d_step { stack[s].state = unused; stack[s].has_visitor = false; holders[s]--; skip }
#else
        close_roots(s);
        release(s);
        d_step { stack[s].state = unused; stack[s].has_visitor = false; holders[s]--; skip }
#endif
    :: else
    fi
}

/* stack_activate; then move_to_active_stack, by the same hold of the lock. */
inline activate()
{
#if defined(BROKEN_ACTIVATE)
    d_step { is_idle = stack[s].state == live && !stack[s].has_thread; skip };
    d_step {
        if
        :: is_idle ->
#else
    d_step {
        if
        :: stack[s].state == live && !stack[s].has_thread ->
#endif
            stack[s].has_thread = true;
            runs_on[v] = s;
            if
            :: root[s] == 0 -> roots++; root[s] = roots
            :: else
            fi
        :: else
        fi;
        is_idle = false
    }
}

/* Back to the thread's first stack. */
inline leave_stack()
{
    d_step {
        stack[runs_on[v]].has_thread = false;
        runs_on[v] = NONE;
#if !defined(BROKEN_WINDOWS)
        if
        :: known_slot[v] != NONE -> window[known_slot[v]] = 0 /* close_window() */
        :: else
        fi;
        known_slot[v] = NONE;
        known_window[v] = 0;
        prepared_from[v] = 0;
        prepared_to[v] = 0;
#endif
        skip
    }
}

/* Its thread ends, and another one comes to the vCPU: nothing is known of its windows any more, and
 * dispatching has cleared the block. */
inline end_thread()
{
    d_step {
        stack[runs_on[v]].has_thread = false;
        runs_on[v] = NONE;
        known_slot[v] = NONE;
        known_window[v] = 0;
        prepared_from[v] = 0;
        prepared_to[v] = 0;
        skip
    }
}

/* A call that is not prepared, from the stack that the thread is on, and its return. */
inline call_first()
{
    d_step {
        s = runs_on[v];
#if !defined(BROKEN_VISITORS)
        stack[s].has_visitor = true;
#endif
        if
        :: known_slot[v] == s -> skip   /* window_root() */
        :: else ->
            if
            :: window[s] == 0 -> roots++; window[s] = roots
            :: else
            fi;
            known_slot[v] = s;
            known_window[v] = window[s]
        fi;
        prepared_from[v] = root[s];
        prepared_to[v] = known_window[v];
        check_window();
        s = NONE
    }
}

inline check_window()
{
    if
    :: window[s] != prepared_to[v] || stack[s].state != live || !is_mapped[s] ->
        g2_calls_lead_to_roots_that_are_there = false;
        HOLDS(g2_calls_lead_to_roots_that_are_there)
    :: else
    fi
}

/* The same by the shim. */
inline call_prepared()
{
    d_step {
        s = runs_on[v];
        if
        :: prepared_from[v] != 0 && prepared_from[v] == root[s] -> check_window()
        :: else
        fi;
        s = NONE
    }
}

proctype vcpu(byte v)
{
    byte s = NONE;
    bool is_idle;
end:
    do
    :: runs_on[v] == NONE ->
        if
        :: allocate()
        :: s = 0; free_one()
        :: s = 1; free_one()
        :: roots < LIVES -> s = 0; activate()
        :: roots < LIVES -> s = 1; activate()
        fi;
        s = NONE
    :: runs_on[v] != NONE ->
        if
        :: leave_stack()
        :: end_thread()
        :: roots < LIVES -> call_first()
        :: call_prepared()
        :: allocate(); s = NONE
        :: s = 1 - runs_on[v]; free_one(); s = NONE
#if defined(BROKEN_FREE)
        :: s = runs_on[v]; free_one(); s = NONE
#endif
        fi
    od
}

#define IS_LEFT(s) \
    (IS_FREE(s) && (is_mapped[s] || root[s] != 0 || window[s] != 0 || stack[s].has_thread || \
                    runs_on[0] == s || runs_on[1] == s))

bool this_never_comes = true;   /* but it does */

active proctype properties()
{
end:
    do
    :: atomic { g2_nothing_is_free_while_it_can_be_reached && (IS_LEFT(0) || IS_LEFT(1)) ->
           g2_nothing_is_free_while_it_can_be_reached = false;
           HOLDS(g2_nothing_is_free_while_it_can_be_reached) }
    :: atomic { g1_a_slot_is_taken_by_one && (holders[0] > 1 || holders[1] > 1) ->
           g1_a_slot_is_taken_by_one = false;
           HOLDS(g1_a_slot_is_taken_by_one) }
    :: atomic { runs_on[0] != NONE && runs_on[0] == runs_on[1] ->
           g6_a_stack_is_active_on_one_vcpu = false;
           assert(g6_a_stack_is_active_on_one_vcpu) }
#ifdef CAN_HAPPEN
    /* A thread calls as prepared on a stack in a slot that held another one before. */
    :: atomic { runs_on[0] != NONE && runs_on[1] != NONE && prepared_from[0] > 2 &&
                prepared_from[0] == root[runs_on[0]] ->
           this_never_comes = false; assert(this_never_comes) }
#endif
    od
}

init
{
    atomic { run vcpu(0); run vcpu(1) }
}
