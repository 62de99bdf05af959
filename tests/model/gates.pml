/* Promises G8, G10 and G11: what a stop of a domain means for threads that call it without the VMM.
 *
 * Each of two vCPUs carries a thread of domain A that calls B, which calls C, which calls B again.
 * A stopper stops B and C, waits until they are at rest, and starts them anew. Stands for:
 *
 *   guest/shim/arch/x86_64/shim.S    cross_call, cross_return
 *   vmm/machine/serve_gate.cpp       follow, catch_up, put_frames, prepare_to_dispatch, call_across,
 *                                    enter_callee, return_across, cut_short
 *   vmm/machine/vcpu_loop.cpp        step, on_kick, leave
 *   vmm/machine/core.cpp             stop_domain (kicks), settle (take_quiescent, restart_domain)
 *   supervisor/src/gates.cpp         is_current, can_go_on, follow, cut_calls, interrupt, decide_call,
 *                                    caught_up
 *   supervisor/src/domains.cpp       stop, await_callers, note_if_quiescent
 *   supervisor/src/threads.cpp       take_off_vcpu
 *
 * The monitor's lock makes each of the VMM's steps one; the shim's are single and may be interrupted
 * in between. That a kick arrives is another model's affair (kick.pml): here a kicked vCPU may leave
 * the guest at any time, and may as well go on for as long as it likes.
 *
 * Broken variants:
 *
 *   BROKEN_AWAIT     a stop waits for the vCPUs alone that are known to be in a call of the domain
 *   BROKEN_LEAVE     a vCPU counts as caught up when it was kicked, not when it has dropped anything
 *   BROKEN_FORGET    catching up leaves what is prepared
 *   BROKEN_RETURNS   catching up lets the shim return to the dead
 *   BROKEN_RESUME    a shim that was interrupted in a call goes on where it was, not from the start
 *   BROKEN_DISPATCH  a thread is dispatched with what was prepared when it left
 *   BROKEN_PUT       the block keeps its depth when calls are cut short
 *   BROKEN_FOLLOW    what the shim did is not looked at when the thread is preempted
 */

#ifndef VCPUS
#define VCPUS 2
#endif
#ifndef STOPS
#define STOPS 2
#endif
#ifndef DEEPEST
#define DEEPEST 3
#endif
#define NONE 255

/* The domain at a depth, and those that can be stopped: B is 0, C is 1. A, at depth 0, is not. */
#define IS_B(depth) ((depth) == 1 || (depth) == 3)
#define VICTIM(depth) (IS_B(depth) -> 0 : 1)

mtype = { running, stopping };

/* ---- supervisor, guarded by the monitor's lock */
mtype state[2] = running;
byte incarnation[2];
byte stops;
byte awaited[2];                /* bits of vCPUs */
typedef Thread {
    bool is_on_vcpu;
    bool may_call;
    byte depth;                 /* calls that it is known to be in */
    byte called[4];             /* incarnation, by depth */
    /* the VMM's CallState */
    byte prepared[3];           /* incarnation of the callee, by the caller's depth */
    byte prepared_from[3];      /* incarnation of the caller, as the root says */
    byte stops;                 /* when what is prepared was last gone through */
};
Thread thread[2];

/* ---- each vCPU's block, which the shim uses; the VMM writes it when the vCPU is out of the guest */
typedef Block {
    byte depth;
    byte root[4];               /* incarnation, by depth */
    bool must_leave[3];         /* a return to that depth misses */
    byte prepared[3];
    byte prepared_from[3];
};
Block block[2];
bool kicked[2];
byte seen_stops[2];

/* ---- for the properties */
bool is_in_guest[2];
byte at_rest[2];                /* incarnations below it are at rest */
typedef Truth { byte depth; byte called[4] };
Truth truth[2];             /* what the calls of the thread really are */
bool g8_nobody_runs_in_a_domain_at_rest = true;
bool g8_nothing_leads_into_a_domain_at_rest = true;
bool g10_returns_are_in_order = true;

#define IS_CURRENT(depth, called) \
    ((depth) == 0 || (state[VICTIM(depth)] == running && incarnation[VICTIM(depth)] == (called)))
#define IS_AT_REST(depth, called) ((depth) != 0 && (called) < at_rest[VICTIM(depth)])
#define CAN_GO_ON(v) IS_CURRENT(thread[v].depth, thread[v].called[thread[v].depth])

inline cut_truth(v)
{
    do
    :: !IS_CURRENT(truth[v].depth, truth[v].called[truth[v].depth]) ->
        truth[v].called[truth[v].depth] = 0;
        truth[v].depth--
    :: else -> break
    od
}

/* ---- supervisor; each is called within an atomic step */

/* Ends the innermost calls that cannot go on. */
inline cut_calls(v)
{
    do
    :: !CAN_GO_ON(v) -> thread[v].called[thread[v].depth] = 0; thread[v].depth--
    :: else -> break
    od;
    cut_truth(v)
}

inline caught_up(v)
{
    awaited[0] = awaited[0] & ~(1 << v);
    awaited[1] = awaited[1] & ~(1 << v)
}

inline take_off_vcpu(v)
{
    thread[v].is_on_vcpu = false;
    if
    :: thread[v].may_call -> caught_up(v)
    :: else
    fi
}

/* ---- VMM */

inline forget_prepared(v)
{
    for (i : 0 .. 2) { block[v].prepared[i] = NONE; block[v].prepared_from[i] = 0 }
}

/* The shim's block says what the VMM knows: must_leave is set already. */
inline put_frames(v)
{
    block[v].depth = thread[v].depth;
    for (i : 0 .. DEEPEST) {
        block[v].root[i] = (i <= thread[v].depth -> thread[v].called[i] : 0)
    }
    for (i : 0 .. 2) {
        block[v].must_leave[i] = (i < thread[v].depth -> block[v].must_leave[i] : 0)
    }
}

/* From the block: in which calls is the thread? */
inline follow(v)
{
    thread[v].depth = block[v].depth;
    for (i : 0 .. DEEPEST) {
        thread[v].called[i] = (i <= block[v].depth -> block[v].root[i] : 0)
    }
}

inline catch_up(v)
{
    if
    :: thread[v].stops != stops ->
        thread[v].stops = stops;
#if !defined(BROKEN_FORGET)
        forget_prepared(v);
        for (i : 0 .. 2) { thread[v].prepared[i] = NONE; thread[v].prepared_from[i] = 0 };
#endif
        for (i : 0 .. 2) {
            if
#if !defined(BROKEN_RETURNS)
            :: i < thread[v].depth && !IS_CURRENT(i, thread[v].called[i]) ->
                block[v].must_leave[i] = true
#endif
            :: else
            fi
        }
    :: else
    fi;
    if
    :: seen_stops[v] != stops -> seen_stops[v] = stops; caught_up(v)
    :: else
    fi
}

/* Ends in the innermost domain that can go on. */
inline cut_short(v)
{
    cut_calls(v);
    if
    :: thread[v].depth < 3 -> block[v].must_leave[thread[v].depth] = false
    :: else
    fi;
#if !defined(BROKEN_PUT)
    put_frames(v)
#endif
}

/* A call that was not prepared, by code at this depth. */
inline call_across(v)
{
    catch_up(v);
    d = thread[v].depth;
    if
    :: !CAN_GO_ON(v) -> cut_short(v)
    :: else ->
        if
        :: state[VICTIM(d + 1)] == running -> /* decide_call(), enter_callee() */
            thread[v].may_call = true;
            thread[v].prepared[d] = incarnation[VICTIM(d + 1)];
            thread[v].prepared_from[d] = thread[v].called[d];
            block[v].prepared[d] = thread[v].prepared[d];
            block[v].prepared_from[d] = thread[v].prepared_from[d];
            block[v].must_leave[d] = false;
            thread[v].depth = d + 1;
            thread[v].called[d + 1] = incarnation[VICTIM(d + 1)];
            truth[v].depth = d + 1;
            truth[v].called[d + 1] = incarnation[VICTIM(d + 1)];
            put_frames(v)
        :: else /* NOT_RUNNING */
        fi
    fi
}

/* A return that the shim did not carry out. */
inline return_across(v)
{
    catch_up(v);
    if
    :: thread[v].depth == 0 /* NOT_IN_CALL */
    :: thread[v].depth != 0 && !CAN_GO_ON(v) -> cut_short(v)
    :: thread[v].depth != 0 && CAN_GO_ON(v) ->
        thread[v].called[thread[v].depth] = 0;
        thread[v].depth--;
        truth[v].called[truth[v].depth] = 0;
        truth[v].depth--;
        if
        :: !CAN_GO_ON(v) -> cut_short(v)
        :: else ->
            block[v].must_leave[thread[v].depth] = false;
            put_frames(v)
        fi
    fi
}

/* prepare_to_dispatch() */
inline dispatch(v)
{
    thread[v].is_on_vcpu = true;
    put_frames(v);
    for (i : 0 .. 2) { block[v].must_leave[i] = (i < thread[v].depth && block[v].must_leave[i]) };
    forget_prepared(v);
#if !defined(BROKEN_DISPATCH)
    catch_up(v);
#endif
    for (i : 0 .. 2) {
        block[v].prepared[i] = thread[v].prepared[i];
        block[v].prepared_from[i] = thread[v].prepared_from[i]
    }
#if defined(BROKEN_DISPATCH)
    thread[v].stops = stops;
    seen_stops[v] = stops
#endif
}

#define IS_PREPARED(v, d) \
    (block[v].prepared[d] != NONE && block[v].prepared_from[d] == block[v].root[d])

proctype vcpu(byte v)
{
    byte i;
    byte d;
    byte resume_with = NONE;
    do
    :: d_step { !thread[v].is_on_vcpu -> dispatch(v); skip }
    :: d_step { thread[v].is_on_vcpu && resume_with == NONE -> skip };
        /* step() */
        if
        :: d_step { kicked[v] ->
               kicked[v] = false;
               catch_up(v);
               if
               :: !CAN_GO_ON(v) -> cut_short(v)
               :: else
               fi; skip }
        :: d_step { else -> skip }
        fi;
        if
        :: d_step { true -> is_in_guest[v] = true; skip }
        :: d_step { true -> /* sleep, yield or the end of its slice: begin() or leave() */
               if
               :: !CAN_GO_ON(v) -> cut_short(v)
               :: else
               fi;
               take_off_vcpu(v); skip }
            goto off
        fi;
in_guest:
        if
        :: /* cross_call, up to call_committed */
            d_step { block[v].depth < DEEPEST -> d = block[v].depth; skip };
            if
            :: d_step { IS_PREPARED(v, d) -> resume_with = block[v].prepared[d]; skip };
called:         if
                :: d_step { resume_with != NONE ->
                       block[v].must_leave[d] = false;
                       block[v].root[d + 1] = resume_with;
                       block[v].depth = d + 1;
                       truth[v].depth = d + 1;
                       truth[v].called[d + 1] = resume_with;
                       resume_with = NONE; skip };
                    goto in_guest
                :: d_step { kicked[v] -> /* found there: ShimPlace::crossing */
                       is_in_guest[v] = false;
                       follow(v);
#if !defined(BROKEN_RESUME)
                       resume_with = NONE
#else
                       kicked[v] = false;
                       catch_up(v);
                       if
                       :: !CAN_GO_ON(v) -> cut_short(v); resume_with = NONE
                       :: else -> is_in_guest[v] = true
                       fi
#endif
                   ; skip }
#ifdef BROKEN_RESUME
                    if
                    :: resume_with != NONE -> goto called
                    :: else
                    fi
#endif
                fi
            :: d_step { !IS_PREPARED(v, d) ->
                   is_in_guest[v] = false;
                   follow(v);
                   call_across(v); skip }
            fi
        :: /* cross_return */
            if
            :: d_step { block[v].depth > 0 && !block[v].must_leave[block[v].depth - 1] ->
                   block[v].root[block[v].depth] = 0;
                   block[v].depth--;
                   truth[v].called[truth[v].depth] = 0;
                   truth[v].depth--; skip };
                goto in_guest
            :: d_step { block[v].depth > 0 && block[v].must_leave[block[v].depth - 1] ->
                   is_in_guest[v] = false;
                   follow(v);
                   return_across(v); skip }
            fi
        :: d_step { kicked[v] -> is_in_guest[v] = false; follow(v); skip }
        :: d_step { true -> /* a timer's signal, a fault that is none, a hypercall */
               is_in_guest[v] = false;
#if defined(BROKEN_FOLLOW)
               cut_short(v);
               take_off_vcpu(v)
#else
               follow(v)
#endif
                   ; skip }
        fi;
off:    skip
    od
}

/* stop() and, when everything is off that has to be, take_quiescent() and restart_domain(). */
active proctype stopper()
{
    byte i;
    byte v;
    byte who;
    byte to_kick;
    do
    :: stops < STOPS ->
        if
        :: who = 0
        :: who = 1
        fi;
        d_step {
            state[who] = stopping;
            incarnation[who]++;
            stops++;
            to_kick = 0;
            for (v : 0 .. VCPUS - 1) {
                if
#ifdef BROKEN_AWAIT
                :: thread[v].is_on_vcpu && thread[v].depth != 0 && VICTIM(thread[v].depth) == who ->
#else
                :: thread[v].is_on_vcpu && thread[v].may_call ->
#endif
                    to_kick = to_kick | (1 << v)
                :: else ->
                    if
                    :: !thread[v].is_on_vcpu -> cut_calls(v) /* interrupt() */
                    :: else
                    fi
                fi
            };
            awaited[who] = to_kick; skip };
        for (v : 0 .. VCPUS - 1) {
            if
            :: (to_kick & (1 << v)) != 0 ->
                d_step {
                    kicked[v] = true;
#ifdef BROKEN_LEAVE
                    awaited[who] = awaited[who] & ~(1 << v)
#endif
                   ; skip }
            :: else
            fi
        };
        to_kick = 0;
end_waiting:
        d_step { awaited[who] == 0 -> at_rest[who] = incarnation[who]; skip };
        d_step { state[who] = running; who = 0; v = 0; skip }
    :: else -> break
    od
}

#define EXECUTES_THE_DEAD(v) \
    (is_in_guest[v] && IS_AT_REST(block[v].depth, block[v].root[block[v].depth]))
#define CALLS_THE_DEAD(v, d) \
    (is_in_guest[v] && block[v].depth == d && IS_PREPARED(v, d) && \
     IS_AT_REST(d + 1, block[v].prepared[d]))
#define RETURNS_TO_THE_DEAD(v, d) \
    (is_in_guest[v] && block[v].depth > d && !block[v].must_leave[d] && \
     IS_AT_REST(d, block[v].root[d]))
#define IS_LOST(v) \
    (is_in_guest[v] && (block[v].depth != truth[v].depth || \
                        block[v].root[block[v].depth] != truth[v].called[truth[v].depth]))

bool this_never_comes = true;   /* but it does */

active proctype properties()
{
end:
    do
#if !defined(G10_ALONE)
    :: atomic { EXECUTES_THE_DEAD(0) || EXECUTES_THE_DEAD(1) ->
           g8_nobody_runs_in_a_domain_at_rest = false;
           assert(g8_nobody_runs_in_a_domain_at_rest) }
    :: atomic { CALLS_THE_DEAD(0, 0) || CALLS_THE_DEAD(0, 1) || CALLS_THE_DEAD(0, 2) ||
                CALLS_THE_DEAD(1, 0) || CALLS_THE_DEAD(1, 1) || CALLS_THE_DEAD(1, 2) ||
                RETURNS_TO_THE_DEAD(0, 1) || RETURNS_TO_THE_DEAD(0, 2) ||
                RETURNS_TO_THE_DEAD(1, 1) || RETURNS_TO_THE_DEAD(1, 2) ->
           g8_nothing_leads_into_a_domain_at_rest = false;
           assert(g8_nothing_leads_into_a_domain_at_rest) }
#endif
    :: atomic { IS_LOST(0) || IS_LOST(1) ->
           g10_returns_are_in_order = false;
           assert(g10_returns_are_in_order) }
#ifdef CAN_HAPPEN
    /* A domain comes to rest while frames of it wait on both vCPUs, deeper calls on them go on, and
     * what was started anew is called below. */
    :: atomic { is_in_guest[0] && is_in_guest[1] && block[0].depth == 3 && block[1].depth == 2 &&
                block[0].root[1] < at_rest[0] && block[1].root[1] < at_rest[0] &&
                block[0].root[3] == at_rest[0] ->
           this_never_comes = false; assert(this_never_comes) }
#endif
    od
}

init
{
    byte v;
    byte i;
    atomic {
        for (v : 0 .. VCPUS - 1) {
            for (i : 0 .. 2) { thread[v].prepared[i] = NONE; block[v].prepared[i] = NONE };
        };
        for (v : 0 .. VCPUS - 1) { run vcpu(v) }
    }
}
