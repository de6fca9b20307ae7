package workspace

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// readable returns the channel, if the app has the scope for its kind and may see it.
// what is the right: read or history.
func (w *Workspace) readable(id, what string) (*Channel, error) {
	c := w.channels[id]
	if c == nil {
		return nil, fail("channel_not_found")
	}
	if scope := c.kind() + ":" + what; !w.granted(scope) {
		return nil, w.missingScope(scope)
	}
	if c.has(BotUserID) {
		return c, nil
	}
	switch {
	case c.kind() != "channels":
		return nil, fail("channel_not_found")
	case what == "history":
		return nil, fail("not_in_channel")
	}
	return c, nil
}

// describe returns a channel as the API has it.
func (w *Workspace) describe(c *Channel) map[string]any {
	if c.IM {
		return map[string]any{
			"id": c.ID, "created": 1700000000, "is_im": true, "is_org_shared": false, "user": c.User, "is_open": true,
			"is_archived": false, "context_team_id": TeamID, "is_user_deleted": w.users[c.User].Deleted,
			"is_shared": false, "is_ext_shared": w.users[c.User].Team != TeamID, "is_pending_ext_shared": false,
		}
	}
	teams, pending := []string{TeamID}, []string{}
	if c.ExtShared {
		teams = append(teams, "T0OTHERTEAM")
	}
	if c.PendingExtShared {
		pending = append(pending, "T0OTHERTEAM")
	}
	return map[string]any{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "created": 1700000000, "creator": "USLACKBOT",
		"is_channel": !c.Private && !c.MPIM, "is_group": c.Private, "is_im": false, "is_mpim": c.MPIM,
		"is_private": c.Private || c.MPIM, "is_archived": c.Archived, "is_general": false, "is_member": c.has(BotUserID),
		"is_shared": c.ExtShared, "is_ext_shared": c.ExtShared, "is_org_shared": false, "unlinked": 0,
		"is_pending_ext_shared": c.PendingExtShared, "pending_shared": pending, "pending_connected_team_ids": pending,
		"shared_team_ids": teams, "context_team_id": TeamID, "conversation_host_id": TeamID,
		"topic":   map[string]any{"value": "", "creator": "", "last_set": 0},
		"purpose": map[string]any{"value": "", "creator": "", "last_set": 0},
	}
}

func channelInfo(w *Workspace, c *call) (reply, error) {
	ch, err := w.readable(c.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	d := w.describe(ch)
	if c.bool("include_num_members") {
		d["num_members"] = len(ch.Members)
	}
	return reply{"channel": d}, nil
}

// page cuts items at the call's cursor and limit and returns the next cursor.
func page[T any](c *call, items []T, usual int) ([]T, string, error) {
	from, limit := 0, usual
	if cursor := c.str("cursor"); cursor != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(cursor, "next:"))
		if err != nil || n > len(items) {
			return nil, "", fail("invalid_cursor")
		}
		from = n
	}
	if text := c.str("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return nil, "", fail("invalid_limit")
		}
		limit = n
	}
	items = items[from:]
	if len(items) <= limit {
		return items, "", nil
	}
	return items[:limit], "next:" + strconv.Itoa(from+limit), nil
}

func paged(r reply, next string) reply {
	r["response_metadata"] = map[string]any{"next_cursor": next}
	return r
}

// between reports whether ts is within oldest and latest, which inclusive takes in.
func (c *call) between(ts string) bool {
	oldest, latest := c.str("oldest"), c.str("latest")
	if c.bool("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || oldest == "0" || ts > oldest) && (latest == "" || ts < latest)
}

func channelHistory(w *Workspace, c *call) (reply, error) {
	ch, err := w.readable(c.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	var shown []json.RawMessage
	for _, m := range slices.Backward(w.history[ch.ID]) {
		if (!m.isReply() || m.Subtype == "thread_broadcast") && c.between(m.TS) {
			shown = append(shown, seen(m, c.bool("include_all_metadata")))
		}
	}
	shown, next, err := page(c, shown, 100)
	if err != nil {
		return nil, err
	}
	return paged(reply{"messages": shown, "has_more": next != "", "pin_count": 0}, next), nil
}

func channelReplies(w *Workspace, c *call) (reply, error) {
	ch, err := w.readable(c.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	m := w.find(ch.ID, c.str("ts"))
	if m == nil {
		return nil, fail("thread_not_found")
	}
	root := m.TS
	if m.isReply() {
		root = m.ThreadTS
	}
	var shown []json.RawMessage
	for _, m := range w.thread(ch.ID, root) {
		if m.TS == root || c.between(m.TS) {
			shown = append(shown, seen(m, c.bool("include_all_metadata")))
		}
	}
	shown, next, err := page(c, shown, 1000)
	if err != nil {
		return nil, err
	}
	return paged(reply{"messages": shown, "has_more": next != ""}, next), nil
}

// listed returns the channels of the call's types that keep accepts.
func (w *Workspace) listed(c *call, keep func(*Channel) bool) (reply, error) {
	types := c.str("types")
	if types == "" {
		types = "public_channel"
	}
	kinds := map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
	var want []string
	for t := range strings.SplitSeq(types, ",") {
		kind := kinds[strings.TrimSpace(t)]
		if kind == "" {
			return nil, fail("invalid_types")
		}
		if !w.granted(kind + ":read") {
			return nil, w.missingScope(kind + ":read")
		}
		want = append(want, kind)
	}
	found := []map[string]any{}
	for _, ch := range w.channelsByID() {
		hidden := ch.kind() != "channels" && !ch.has(BotUserID)
		if slices.Contains(want, ch.kind()) && !hidden && keep(ch) && !(ch.Archived && c.bool("exclude_archived")) {
			found = append(found, w.describe(ch))
		}
	}
	found, next, err := page(c, found, 100)
	if err != nil {
		return nil, err
	}
	return paged(reply{"channels": found}, next), nil
}

func listChannels(w *Workspace, c *call) (reply, error) {
	return w.listed(c, func(*Channel) bool { return true })
}

func userChannels(w *Workspace, c *call) (reply, error) {
	user := c.str("user")
	if user == "" {
		user = BotUserID
	}
	if w.users[user] == nil {
		return nil, fail("user_not_found")
	}
	return w.listed(c, func(ch *Channel) bool { return ch.has(user) })
}

func channelMembers(w *Workspace, c *call) (reply, error) {
	ch, err := w.readable(c.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	members, next, err := page(c, slices.Clone(ch.Members), 100)
	if err != nil {
		return nil, err
	}
	return paged(reply{"members": members}, next), nil
}

func openDM(w *Workspace, c *call) (reply, error) {
	if id := c.str("channel"); id != "" {
		if w.channels[id] == nil {
			return nil, fail("channel_not_found")
		}
		return reply{"channel": map[string]any{"id": id}}, nil
	}
	users := strings.Split(c.str("users"), ",")
	if users[0] == "" {
		return nil, fail("users_list_not_supplied")
	}
	for _, user := range users {
		switch u := w.users[user]; {
		case u == nil:
			return nil, fail("user_not_found")
		case u.Deleted:
			return nil, fail("user_disabled")
		}
	}
	if len(users) == 1 {
		if !w.granted("im:write") {
			return nil, w.missingScope("im:write")
		}
		return reply{"channel": map[string]any{"id": w.dm(users[0]).ID}}, nil
	}
	group := &Channel{ID: w.id("G"), MPIM: true, Private: true, Members: append(users, BotUserID)}
	w.channels[group.ID] = group
	return reply{"channel": map[string]any{"id": group.ID}}, nil
}

func userInfo(w *Workspace, c *call) (reply, error) {
	u := w.users[c.str("user")]
	if u == nil {
		return nil, fail("user_not_found")
	}
	d := map[string]any{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted, "is_bot": u.IsBot,
		"is_admin": false, "is_owner": false, "is_primary_owner": false, "is_app_user": false, "updated": 1700000000,
		"is_restricted": u.IsRestricted, "is_ultra_restricted": u.IsUltraRestricted, "tz": "Etc/UTC", "tz_offset": 0,
		"profile": map[string]any{"real_name": u.RealName, "display_name": u.Name, "team": u.Team},
	}
	if u.Team != TeamID {
		d["is_stranger"] = true
	}
	return reply{"user": d}, nil
}

func groupMembers(w *Workspace, c *call) (reply, error) {
	members, ok := w.groups[c.str("usergroup")]
	if !ok {
		return nil, fail("no_such_subteam")
	}
	return reply{"users": members}, nil
}
