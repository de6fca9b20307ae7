package workspace

import "strings"

// method is one method of the Web API. Its arguments, scopes and tier are those of
// Slack's method reference.
type method struct {
	tier     int      // 1–4; 5 is Slack's "special"
	scopes   []string // any of them will do; the finer choice is the method's own
	required []string
	optional []string
	form     bool // takes no JSON body
	appToken bool
	do       func(*Workspace, *call) (reply, error)
}

func words(s string) []string { return strings.Fields(s) }

// methods returns every method the workspace has.
func methods() map[string]method {
	history := words("channels:history groups:history im:history mpim:history")
	read := words("channels:read groups:read im:read mpim:read")
	write := words("chat:write")
	look := " icon_emoji icon_url username"
	return map[string]method{
		"auth.test":             {tier: 5, do: authTest},
		"apps.connections.open": {tier: 3, appToken: true, do: openConnection},

		"chat.postMessage": {tier: 5, scopes: write, required: words("channel"), optional: words(
			"as_user attachments blocks link_names markdown_text metadata mrkdwn parse reply_broadcast text thread_ts unfurl_links unfurl_media" + look), do: postMessage},
		"chat.postEphemeral": {tier: 4, scopes: write, required: words("channel user"), optional: words(
			"as_user attachments blocks link_names markdown_text metadata parse text thread_ts" + look), do: postEphemeral},
		"chat.update": {tier: 3, scopes: write, required: words("channel ts"), optional: words(
			"as_user attachments unfurled_attachments blocks markdown_text metadata link_names parse text reply_broadcast file_ids"), do: updateMessage},
		"chat.delete":       {tier: 3, scopes: write, required: words("channel ts"), optional: words("as_user"), do: deleteMessage},
		"chat.getPermalink": {tier: 5, form: true, required: words("channel message_ts"), do: permalink},
		"chat.startStream": {tier: 2, scopes: write, required: words("channel"), optional: words(
			"chunks markdown_text thread_ts recipient_user_id recipient_team_id task_display_mode" + look), do: startStream},
		"chat.appendStream": {tier: 4, scopes: write, required: words("channel ts"), optional: words("chunks markdown_text"), do: appendStream},
		"chat.stopStream":   {tier: 2, scopes: write, required: words("channel ts"), optional: words("chunks markdown_text blocks metadata"), do: stopStream},

		"conversations.info": {tier: 3, scopes: read, form: true, required: words("channel"), optional: words("include_locale include_num_members"), do: channelInfo},
		"conversations.history": {tier: 3, scopes: history, required: words("channel"), optional: words(
			"cursor include_all_metadata inclusive latest limit oldest"), do: channelHistory},
		"conversations.replies": {tier: 3, scopes: history, form: true, required: words("channel ts"), optional: words(
			"cursor include_all_metadata inclusive latest limit oldest"), do: channelReplies},
		"conversations.list":    {tier: 2, scopes: read, form: true, optional: words("cursor exclude_archived limit team_id types"), do: listChannels},
		"conversations.members": {tier: 4, scopes: read, form: true, required: words("channel"), optional: words("cursor limit"), do: channelMembers},
		"conversations.open": {tier: 3, scopes: words("im:write mpim:write channels:manage groups:write"), optional: words(
			"channel return_im users prevent_creation"), do: openDM},
		"users.info": {tier: 4, scopes: words("users:read"), form: true, required: words("user"), optional: words("include_locale"), do: userInfo},
		"users.conversations": {tier: 3, scopes: read, form: true, optional: words(
			"cursor exclude_archived exclude_muted limit team_id types user"), do: userChannels},
		"usergroups.users.list": {tier: 2, scopes: words("usergroups:read"), form: true, required: words("usergroup"), optional: words(
			"include_disabled team_id"), do: groupMembers},

		"reactions.add":    {tier: 3, scopes: words("reactions:write"), required: words("channel name timestamp"), do: addReaction},
		"reactions.remove": {tier: 2, scopes: words("reactions:write"), required: words("name"), optional: words("channel file file_comment timestamp"), do: removeReaction},

		"assistant.threads.setStatus": {tier: 5, scopes: write, required: words("channel_id thread_ts status"), optional: words(
			"loading_messages" + look), do: setStatus},
		"assistant.threads.setTitle": {tier: 4, scopes: words("assistant:write"), required: words("channel_id thread_ts title"), do: setTitle},
		"assistant.threads.setSuggestedPrompts": {tier: 4, scopes: words("assistant:write"), required: words("channel_id prompts"), optional: words(
			"thread_ts title"), do: setPrompts},
		"agents.sessions.setStatus": {tier: 3, scopes: write, required: words("channel_id status"), optional: words(
			"thread_ts title initiator_user_id" + look), do: setSession},

		"views.open":   {tier: 4, required: words("view"), optional: words("trigger_id interactivity_pointer"), do: openView},
		"views.update": {tier: 4, required: words("view"), optional: words("view_id external_id hash"), do: updateView},
	}
}

func authTest(w *Workspace, c *call) (reply, error) {
	return reply{
		"url": "https://" + domain + ".slack.com/", "team": "Footnote test", "user": w.opts.BotName,
		"team_id": TeamID, "user_id": BotUserID, "bot_id": BotID, "is_enterprise_install": false,
	}, nil
}
