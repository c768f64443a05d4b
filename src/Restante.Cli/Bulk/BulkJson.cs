using System.Text.Json.Serialization;

namespace Restante.Cli.Bulk;

/// <summary>How the records of this folder are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImportCheckpoint))]
[JsonSerializable(typeof(ImportSummary))]
[JsonSerializable(typeof(ExportSummary))]
internal sealed partial class BulkJson : JsonSerializerContext;
