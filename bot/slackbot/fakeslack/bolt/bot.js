// A small bot on Slack's own Bolt. bolt_test.go starts it against fakeslack and plays
// the people. It is written as Bolt's documentation says, with nothing for the fake.
'use strict';

const { App, LogLevel } = require('@slack/bolt');

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.event('app_mention', async ({ event, body, client, say }) => {
  const thread_ts = event.thread_ts || event.ts;
  await client.assistant.threads.setStatus({
    channel_id: event.channel,
    thread_ts,
    status: 'is thinking…',
    loading_messages: ['Reading', 'Checking'],
  });
  await say({ text: `Hello <@${event.user}>`, thread_ts });
  const stream = client.chatStream({
    channel: event.channel,
    thread_ts,
    recipient_team_id: body.team_id,
    recipient_user_id: event.user,
    buffer_size: 16,
  });
  await stream.append({ markdown_text: 'The key is **under the mat**, ' });
  await stream.append({ markdown_text: 'as the handbook says.' });
  await stream.stop({
    blocks: [
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'why', value: 'w1', text: { type: 'plain_text', text: 'Why?' } },
        ],
      },
    ],
  });
});

app.action('why', async ({ ack, body, client }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'reason',
      private_metadata: JSON.stringify({ channel: body.channel.id, ts: body.message.ts }),
      title: { type: 'plain_text', text: 'Reason' },
      submit: { type: 'plain_text', text: 'Send' },
      blocks: [
        {
          type: 'input',
          block_id: 'reason',
          label: { type: 'plain_text', text: 'What was wrong?' },
          element: { type: 'plain_text_input', action_id: 'text', multiline: true },
        },
      ],
    },
  });
});

app.view('reason', async ({ ack, body, view, client }) => {
  const reason = view.state.values.reason.text.value;
  if (reason.length < 3) {
    await ack({ response_action: 'errors', errors: { reason: 'Say a little more.' } });
    return;
  }
  await ack();
  const { channel } = JSON.parse(view.private_metadata);
  await client.chat.postEphemeral({ channel, user: body.user.id, text: `Noted: ${reason}` });
});

app.command('/ask', async ({ ack, command, respond }) => {
  await ack();
  await respond({ text: `You asked: ${command.text}`, response_type: 'ephemeral' });
});

app.message('direct', async ({ message, say }) => {
  await say({ text: `direct to you, ${message.channel_type}` });
});

app.event('agent_session_stopped', async ({ event, client }) => {
  await client.chat.postMessage({ channel: event.channel, thread_ts: event.thread_ts, text: 'Stopped.' });
});

app.error(async (error) => {
  console.error('bot error:', error.code, error.message, JSON.stringify(error.original?.data ?? error.data ?? null));
});

process.stdin.resume().on('end', async () => {
  await app.stop();
  process.exit(0);
});

app.start();
